"""The training room at toy size: data, branching prompts, gradients, resuming, both ways in."""

from __future__ import annotations

import io
import json
import lzma
import tarfile
from pathlib import Path
from random import Random
from typing import Any

import pytest
import torch

from infinidoc.adapter import Adapter
from infinidoc.answering.prompts import NOT_FOUND
from infinidoc.errors import SourceError, UsageError
from infinidoc.grounding.overlap import exact_match, f1
from infinidoc.memory import MemoryConfig
from infinidoc.model.decoder import Decoder
from infinidoc.model.kv_cache import KVCache
from infinidoc.model.lora import add_low_rank
from infinidoc.model.token_selector import TokenSelector
from infinidoc.tokens import Tokenizer
from infinidoc.training.corpus import Corpus
from infinidoc.training.facts import RELATIONS, make_fact, near
from infinidoc.training.items import Branch, Item, collate
from infinidoc.training.loop import Rates, Schedule
from infinidoc.training.making import Maker, Mixture, made_ahead
from infinidoc.training.objective import answer_loss
from infinidoc.training.reading import ReadingItems, pick_answer, sort_questions, swap
from infinidoc.training.recipes import Base, Recipe, adapt, pick
from infinidoc.training.remembering import MemoryItems
from infinidoc.training.rouge import rouge
from infinidoc.training.stories import Stories, Story, babi_questions
from infinidoc.training.summarizing import SummaryItems
from infinidoc.training.token_selection import marked_tokens, train_selector
from tests import tiny

PLACES = ["harbour", "garden", "tower", "cellar"]


def write_rows(path: Path, rows: list[dict[str, Any]]) -> None:
    with lzma.open(path, "wt", encoding="utf-8") as file:
        file.writelines(json.dumps(row) + "\n" for row in rows)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder as the recipes want it, with a handful of rows of every kind."""
    folder = tmp_path_factory.mktemp("data")
    for part in ("train", "dev"):
        qa = [
            {
                "source": "squad2-dev" if number % 2 else "policyqa",
                "license": "none",
                "title": f"tale {number % 3}",
                "context": f"The letter {number} lay in the {place}. {tiny.text(20, number)}",
                "qas": [
                    {"question": f"Where lay letter {number}?", "answers": [place]},
                    {"question": f"Which letter lay in the {place}?", "answers": [str(number)]},
                    {"question": "Who wrote it?", "answers": []},
                ],
            }
            for number, place in enumerate(PLACES * 3)
        ]
        summaries = [
            {"title": "t", "document": tiny.text(300), "items": [{"summary": "It sank. All did."}]}
        ]
        text = [{"text": tiny.text(3000, seed)} for seed in range(2)]
        write_rows(folder / f"qa.{part}.jsonl.xz", qa)
        write_rows(folder / f"summaries.{part}.jsonl.xz", summaries)
        for kind in ("books", "prose", "code"):
            write_rows(folder / f"{kind}.{part}.jsonl.xz", text)
    story = "1 Mary moved to the office.\n2 Mary got the milk.\n3 Mary went to the garden.\n"
    story += "4 Where is the milk? \tgarden\t2 3\n"
    with tarfile.open(folder / "babi.tar.xz", "w:xz") as archive:
        for name in ("qa1_single-supporting-fact", "qa2_two-supporting-facts",
                     "qa3_three-supporting-facts"):  # fmt: skip
            for part in ("train", "test"):
                member = tarfile.TarInfo(f"{name}_{part}.txt")
                member.size = len(story)
                archive.addfile(member, io.BytesIO(story.encode()))
    return folder


@pytest.fixture(scope="module")
def tokenizer(tiny_model: Path) -> Tokenizer:
    return Tokenizer.from_folder(tiny_model)


@pytest.fixture
def base(tiny_model: Path) -> Base:
    return Base(tiny_model, "tiny", "0" * 64)


# -- data ---------------------------------------------------------------------------------


def test_missing_data_is_named(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"qa\.train"):
        _ = Corpus(tmp_path).qa


def test_items_are_a_pure_function_of_the_seed(data: Path, tokenizer: Tokenizer) -> None:
    items = ReadingItems(Corpus(data), tokenizer)
    assert items.item(Random("3:1")) == items.item(Random("3:1"))
    assert items.item(Random("3:1")) != items.item(Random("3:2"))


def test_answers_are_in_the_passages_and_refusals_are_not(data: Path, tokenizer: Tokenizer) -> None:
    items = ReadingItems(Corpus(data), tokenizer)
    refusals = answers = 0
    for number in range(60):
        item = items.item(Random(number))
        text = tokenizer.decode(list(item.prompt))
        for branch in item.branches:
            answer = tokenizer.decode(list(branch.ids[branch.answer : -1]))
            refusals += answer == NOT_FOUND
            answers += answer != NOT_FOUND
            assert answer == NOT_FOUND or answer in text
    assert refusals > 10
    assert answers > 10


def test_questions_are_sorted_by_what_is_shown() -> None:
    row = {
        "source": "policyqa",
        "context": "Salt is dear. Snow is cold.",
        "qas": [
            {"question": "a", "answers": ["dear"]},
            {"question": "b", "answers": ["cold"]},
            {"question": "c", "answers": []},
        ],
    }
    answered, refused = sort_questions(row, ["Salt is dear."])
    assert [q["question"] for q in answered] == ["a"]
    assert [q["question"] for q in refused] == ["b", "c"]
    assert pick_answer(["the sea", "sea", "sea ", "the old sea"]) == "sea"


def test_held_out_wordings_are_never_trained_on() -> None:
    chance = Random(0)
    for relation, (statements, questions) in RELATIONS.items():
        assert len(statements) >= 3, relation
        assert len(questions) >= 2, relation
        one = make_fact(Random(1), relation=relation)
        other = make_fact(Random(1), held_out=True, relation=relation)
        assert not set(one.questions) & set(other.questions)
        assert one.answer in one.text
        assert make_fact(chance, relation=relation).relation == relation


def test_a_number_has_numbers_like_it_beside_it() -> None:
    """A key must be told from "40 turns a minute" beside 40726."""
    for seed in range(60):
        chance = Random(seed)
        fact = make_fact(chance, relation="code")
        line = near(fact, chance)
        assert line is not None
        assert fact.answer not in line
        (number,) = [word.strip(".") for word in line.split() if word.strip(".").isdigit()]
        assert fact.answer.startswith(number) or fact.answer.endswith(number)
    assert near(make_fact(Random(1), relation="pet"), Random(1)) is None


def test_stories_mark_what_is_worth_keeping(data: Path, tokenizer: Tokenizer) -> None:
    stories = Stories(Corpus(data))
    for story in (
        stories.facts(Random(0), 900, 4),
        stories.questions(Random(0), 900, 2),
        stories.babi(Random(0), 900, 0),
    ):
        assert story.asked
        ids, marks = marked_tokens(tokenizer, story, 10_000)
        assert len(ids) == len(marks)
        kept = tokenizer.decode([token for token, mark in zip(ids, marks, strict=True) if mark])
        for text, worth in story.pieces:
            assert not worth or text in kept


def test_babi_stories_answer_all_that_can_be_asked() -> None:
    lines = ["Mary moved to the office.", "Mary got the milk.", "Mary went to the garden."]
    lines += ["Mary dropped the milk there.", "Mary journeyed to the hallway."]
    asked = dict(babi_questions(lines))
    assert asked["Where is Mary?"] == "hallway"
    assert asked["Where is the milk?"] == "garden"
    assert asked["Where was the milk before the garden?"] == "office"


def test_summaries_come_from_the_prompt_of_summarize(data: Path, tokenizer: Tokenizer) -> None:
    item = SummaryItems(Corpus(data), tokenizer).item(Random(0))
    assert "Here are passages" in tokenizer.decode(list(item.prompt))
    (branch,) = item.branches
    assert tokenizer.decode(list(branch.ids[branch.answer : -1])) == "It sank. All did."


# -- branches -------------------------------------------------------------------------------


def test_a_branch_sees_the_prompt_and_itself_only() -> None:
    """A packed item gives each branch the logits it would have alone, behind any window."""
    decoder = tiny.decoder(MemoryConfig(segment=16, sinks=2, carried=4, kept=8, kept_from=1))
    document = torch.arange(3, 35).unsqueeze(0)
    with torch.no_grad():
        memory = decoder.read(document, decoder.empty_memory())
    item = Item("x", (9, 8, 7), (Branch((5, 6, 4), 2), Branch((11, 12, 13, 14), 2)))
    for window in (KVCache(2), decoder.open_cache(memory)):
        batch = collate([item, Item("y", (3,), (Branch((4, 5), 1),))], window.length)
        with torch.no_grad():
            packed = decoder.ask(batch.ids, None, window, batch.layout)
            at = 3
            for branch in item.branches:
                alone = decoder.open_cache(memory) if window.length else KVCache(2)
                ids = torch.tensor([[*item.prompt, *branch.ids]])
                hidden = decoder.ask(ids, None, alone)[0, 3:]
                torch.testing.assert_close(
                    packed[0, at : at + len(branch.ids)], hidden, atol=1e-5, rtol=1e-4
                )
                at += len(branch.ids)


def test_a_batch_weighs_every_item_and_every_token_in_it_the_same() -> None:
    items = [Item("x", (9, 8), (Branch((5, 6, 4), 1), Branch((1, 2), 1)))]
    items += [Item("y", (3,), (Branch((4, 5), 1),))]
    batch = collate(items)
    assert batch.targets.tolist() == [6, 4, 2, 5]
    assert batch.columns.tolist() == [2, 3, 5, 1]
    assert batch.weights.tolist() == pytest.approx([1 / 6, 1 / 6, 1 / 6, 1 / 2])


def test_texts_made_ahead_are_those_made_in_turn(data: Path, tokenizer: Tokenizer) -> None:
    mixture = Mixture(reading=5, summaries=1.5, stories=4, story_tokens=(64,), together=3,
                      stories_together=2)  # fmt: skip
    maker = Maker(Corpus(data), tokenizer, mixture, 7)
    made = [maker(step) for step in range(4)]
    ahead = made_ahead(maker, 1, 2)
    assert [ahead(step) for step in (1, 2, 3)] == made[1:]
    for one in made:
        assert sum(map(len, one.items)) in (6, 7)
        assert max(map(len, one.items)) - min(map(len, one.items)) <= 1
        assert [len(group) for group in one.stories] == [2, 2]


def test_stories_read_together_are_those_read_alone(data: Path, tokenizer: Tokenizer) -> None:
    decoder = tiny.decoder(MemoryConfig(segment=16, sinks=2, carried=4, kept=8, kept_from=1))
    items = MemoryItems(decoder, tokenizer, Stories(Corpus(data)))
    items.fill_bank(Random(0), 2)
    start = items.beginning(Random(1))
    texts = [list(range(3, 35)), list(range(40, 72))]
    together = items.memory(texts, start)
    for row, text in enumerate(texts):
        alone = items.memory([text], start)
        for (name, one), (_, many) in zip(
            alone.named_tensors(), together.named_tensors(), strict=True
        ):
            torch.testing.assert_close(many[row : row + 1], one, atol=1e-3, rtol=1e-3, msg=name)


def test_a_shorter_story_goes_on_with_a_longer_one(data: Path, tokenizer: Tokenizer) -> None:
    decoder = tiny.decoder(MemoryConfig(segment=16, sinks=2, carried=4))
    items = MemoryItems(decoder, tokenizer, Stories(Corpus(data)))
    memory = items.memory([list(range(3, 35)), [40, 41]])
    alone = items.memory([[40, 41, *range(3, 33)]])
    torch.testing.assert_close(memory.layers[0].matrix[1:], alone.layers[0].matrix)


def test_a_swapped_question_asks_for_what_the_passages_do_not_hold() -> None:
    text = "in 1875 the mary left bristol."
    other = "In 1875 the Mary, and later the Anna Bell of 1903, were lost off Bristol."
    for seed in range(5):
        numbered = swap("Which ship left in 1875?", other, text, Random(seed))
        assert numbered == "Which ship left in 1903?"
        named = swap("Where did the Mary go?", other, text, Random(seed))
        assert named == "Where did the Anna Bell go?"
    assert swap("What is lost?", other, text, Random(0)) is None


def test_gradients_reach_every_change(data: Path, tokenizer: Tokenizer) -> None:
    decoder = tiny.decoder()
    parameters = add_low_rank(decoder.requires_grad_(False), 2, 2.0)
    for parameter in parameters.values():
        torch.nn.init.normal_(parameter, std=0.1)
    batch = collate([ReadingItems(Corpus(data), tokenizer).item(Random(1))])
    torch.autograd.backward(answer_loss(decoder, batch))
    for name, parameter in parameters.items():
        assert parameter.grad is not None, name
        assert parameter.grad.abs().sum() > 0, name


def test_a_keeper_learns_marks() -> None:
    torch.manual_seed(0)
    hidden = torch.randn(4000, 16)
    marks = hidden[:, 3] > 1.0
    selector = TokenSelector(16, MemoryConfig(kept=1))
    train_selector(selector, hidden, marks, steps=300)
    with torch.no_grad():
        scores = selector(torch.randn(2000, 16).index_fill_(1, torch.tensor([3]), 2.0))
        others = selector(torch.randn(2000, 16).index_fill_(1, torch.tensor([3]), -1.0))
    assert float((scores > others.max()).float().mean()) > 0.8


# -- scores ---------------------------------------------------------------------------------


def test_scores_are_those_of_squad_and_rouge() -> None:
    assert exact_match("The Sea.", ["a sea"]) == 1.0
    assert f1("the deep blue sea", ["blue sea", "x"]) == pytest.approx(0.8)
    assert f1("", ["x"]) == 0.0
    one, two, longest = rouge("the cat sat on the mat", "the cat lay on the mat")
    assert (one, two, longest) == (pytest.approx(5 / 6), pytest.approx(3 / 5), pytest.approx(5 / 6))


# -- the loop ---------------------------------------------------------------------------------


def test_rates_warm_up_stay_and_fall() -> None:
    schedule = Schedule(steps=100, warmup=10, decay=0.5, floor=0.1)
    assert [schedule.factor(step) for step in (0, 9, 30, 75)] == [0.1, 1.0, 1.0, 0.5]
    assert schedule.factor(99) == pytest.approx(0.1)
    assert Rates().of("layers.0.self_attn.gate") > Rates().of("layers.0.mlp.up_proj.a")


def final(out: Path) -> dict[str, torch.Tensor]:
    return dict(Adapter.read(out / "adapter.safetensors").tensors)


@pytest.mark.parametrize("name", ["cpu", "gpu"])
def test_recipes_have_names(name: str) -> None:
    assert isinstance(pick(name, 7), Recipe)
    assert pick(name, 7).schedule.steps == 7
    with pytest.raises(UsageError):
        pick("none")


def test_steps_are_shared_out_over_stages() -> None:
    stages = pick("memory", 51).stages
    assert [stage.schedule.steps for stage in stages] == [24, 15, 12]
    assert [stage.schedule.steps for stage in pick("memory").stages] == [240, 150, 120]


def test_a_run_that_was_stopped_ends_with_the_same_parameters(
    data: Path, base: Base, tmp_path: Path
) -> None:
    lines: list[str] = []
    assert adapt(base, data, tmp_path / "whole", pick("toy"), device="cpu", log=lines.append)
    for _ in range(4):  # every call has time for one step
        adapt(base, data, tmp_path / "parts", pick("toy"), device="cpu", seconds=0.0,
              log=lines.append)  # fmt: skip
    whole, parts = final(tmp_path / "whole"), final(tmp_path / "parts")
    assert whole.keys() == parts.keys()
    assert all(torch.equal(whole[name], parts[name]) for name in whole)
    logged = [
        json.loads(line)
        for line in (tmp_path / "whole" / "log.jsonl").read_text().split("\n")
        if line
    ]
    assert any("f1" in row and "recall_facts" in row for row in logged), "never a loss alone"


def test_a_pointer_taught_in_parts_is_the_pointer_taught_at_once(
    base: Base, data: Path, tmp_path: Path
) -> None:
    from infinidoc.pointing.file import FILE, load_pointer, save_pointer

    start, lines = tmp_path / "start.safetensors", list[str]()
    fresh = tiny.pointer()
    save_pointer(start, fresh.encoder, fresh.pieces, {})
    recipe = pick("toy-pointer")
    assert adapt(base, data, tmp_path / "whole", recipe, start=start, log=lines.append)
    assert any("rightly_refused" in line for line in lines)
    parts: dict[str, Any] = {"start": start, "seconds": 0.0, "log": lines.append}
    while not adapt(base, data, tmp_path / "parts", recipe, **parts):
        pass
    whole, again = (load_pointer(tmp_path / name / FILE) for name in ("whole", "parts"))
    assert whole.digest == again.digest
    with pytest.raises(UsageError, match="encoder"):
        adapt(base, data, tmp_path / "none", recipe, log=lines.append)


def test_so_does_a_run_that_teaches_the_memory(data: Path, base: Base, tmp_path: Path) -> None:
    recipe, quiet = pick("toy-memory"), {"device": "cpu", "log": lambda _: None}
    assert adapt(base, data, tmp_path / "whole", recipe, **quiet)  # type: ignore[arg-type]
    for _ in range(6):
        adapt(base, data, tmp_path / "parts", recipe, seconds=0.0, **quiet)  # type: ignore[arg-type]
    whole, parts = final(tmp_path / "whole"), final(tmp_path / "parts")
    assert whole.keys() == parts.keys()
    assert all(torch.equal(whole[name], parts[name]) for name in whole)
    assert not any(name.endswith((".a", ".b")) for name in whole)
    logged = (tmp_path / "whole" / "log.jsonl").read_text().splitlines()
    assert any("closed_0" in json.loads(line) for line in logged)


def test_an_adapter_of_a_memory_alone_reads_and_answers(
    data: Path, base: Base, tmp_path: Path
) -> None:
    adapt(base, data, tmp_path, pick("toy-memory", 3), device="cpu", log=lambda _: None)
    made = Adapter.read(tmp_path / "adapter.safetensors")
    decoder = tiny.decoder(made.config)
    assert made.reader(decoder) is decoder
    assert made.refusal == 1.0


def test_a_memory_is_taught_into_an_adapter(data: Path, base: Base, tmp_path: Path) -> None:
    quiet = {"device": "cpu", "log": lambda _: None}
    adapt(base, data, tmp_path / "first", pick("toy", 1), **quiet)  # type: ignore[arg-type]
    start = tmp_path / "first" / "adapter.safetensors"
    adapt(base, data, tmp_path / "second", pick("toy-memory", 1), start=start, **quiet)  # type: ignore[arg-type]
    one, two = final(tmp_path / "first"), final(tmp_path / "second")
    assert one.keys() < two.keys()
    assert all(torch.equal(one[name], two[name]) for name in one if ".self_attn.g" not in name)
    made = Adapter.read(tmp_path / "second" / "adapter.safetensors")
    assert made.config.kept == 32
    assert made.config.feature_count == 8


def test_the_adapter_of_a_run_is_one_that_can_be_used(
    data: Path, base: Base, tmp_path: Path, tiny_model: Path
) -> None:
    adapt(base, data, tmp_path, pick("toy", 2), device="cpu", log=lambda _: None)
    made = Adapter.find("0" * 64, str(tmp_path / "adapter.safetensors"))
    assert made is not None
    from infinidoc.model.load import load_decoder

    decoder = load_decoder(tiny_model, made.config)
    made.teach_memory(decoder)
    reader = made.reader(decoder)
    assert isinstance(reader, Decoder)
    ids = torch.arange(3, 20).unsqueeze(0)
    with torch.no_grad():
        assert not torch.equal(
            reader.ask(ids, None, KVCache(2)), decoder.ask(ids, None, KVCache(2))
        )


def test_a_run_can_begin_from_an_adapter(data: Path, base: Base, tmp_path: Path) -> None:
    quiet = {"device": "cpu", "log": lambda _: None}
    adapt(base, data, tmp_path / "first", pick("toy", 1), **quiet)  # type: ignore[arg-type]
    start = tmp_path / "first" / "adapter.safetensors"
    adapt(base, data, tmp_path / "second", pick("toy", 1), start=start, **quiet)  # type: ignore[arg-type]
    one, two = final(tmp_path / "first"), final(tmp_path / "second")
    assert torch.equal(one["keeper.first.weight"], two["keeper.first.weight"])
    wrong = Base(base.folder, "other", "1" * 64)
    with pytest.raises(UsageError, match="another base"):
        adapt(wrong, data, tmp_path / "third", pick("toy", 1), start=start, **quiet)  # type: ignore[arg-type]


def test_the_command_teaches(data: Path, cli: Any, tmp_path: Path, tiny_model: Path) -> None:
    out = cli("models", "adapt", "--data", data, "--out", tmp_path / "run", "--recipe", "toy",
              "--steps", "1", "--base", tiny_model, "--device", "cpu")  # fmt: skip
    assert out.code == 0, out.err
    assert (tmp_path / "run" / "adapter.safetensors").exists()
    missing = cli("models", "adapt", "--data", tmp_path, "--out", tmp_path / "other",
                  "--recipe", "toy", "--base", tiny_model)  # fmt: skip
    assert missing.code == 1
    assert "qa.train" in missing.err


def test_a_story_is_its_pieces() -> None:
    story = Story("x", [("ab", False), ("cd", True)])
    assert story.text == "abcd"
    assert story.spans() == [(2, 4)]
