"""A model without an adapter is asked by its own template, and its answer is nothing but one."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from infinidoc.answering.answer import ENDLESS
from infinidoc.answering.generate import Piece
from infinidoc.answering.prompts import NOT_FOUND
from infinidoc.answering.without_adapter import (
    clean_line,
    copies_examples,
    first_line,
    question_prompt,
    refuses,
)
from infinidoc.cli.answers import remarks
from infinidoc.errors import MismatchError
from infinidoc.language import LanguageModel
from infinidoc.library import Library
from infinidoc.tokens import Tokenizer

TEMPLATE = (
    "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}"
    "<|im_start|>assistant\n{% if enable_thinking is defined and not enable_thinking %}"
    "<think>\n\n</think>\n\n{% endif %}"
)


@pytest.mark.parametrize(
    ("written", "answer"),
    [
        ("Answer: forty years", "forty years"),
        ("**Answer:** The lighthouse keeper.\n\nHe lives alone.", "The lighthouse keeper."),
        ("Answer:\n\nIn March 1881", "In March 1881"),
        ("<think>\nThe passage says so.\n</think>\n\n12 %", "12 %"),
        ("<think>\nThe passage says and says", ""),
        ("<start_of_turn>model\nThe final answer is: *Sect. 4*", "*Sect. 4*"),
        ('[2] "the third clause"', "the third clause"),
        ("Ottawa [1].", "Ottawa."),
        ("- a crate of lemons\n- a barrel", "a crate of lemons"),
        ("Answer:", ""),
        ("A: yes<|eot_id|>", "yes"),
        ("`parse_header(line)`", "parse_header(line)"),
        ("Answering machines", "Answering machines"),
    ],
)
def test_what_is_no_answer_is_taken_off(written: str, answer: str) -> None:
    assert clean_line(written) == answer


@pytest.mark.parametrize(
    "said",
    [
        NOT_FOUND,
        "The passages do not mention the price of wool.",
        "I'm sorry, but the text does not say.",
        "None of the passages contain this information.",
        "There is no information about her brother.",
        "It is not specified.",
        "Unknown.",
        "I cannot answer this question from the passages.",
    ],
)
def test_refusals_are_recognised_in_other_words(said: str) -> None:
    assert refuses(said)


@pytest.mark.parametrize(
    "said",
    ["Nothing but rain.", "No. 14, Baker Street", "Not before Easter.", "None but the captain",
     "It does.", "No", "an unknown sailor"],
)  # fmt: skip
def test_answers_are_no_refusals(said: str) -> None:
    assert not refuses(said)


def test_nothing_but_a_label_is_a_refusal_and_no_more_is_written_than_wanted() -> None:
    assert [piece.refuses for piece in first_line([Piece("Answer", -0.1), Piece(":", -0.1)])] == [
        True
    ]
    rest = iter([Piece("Answer: red", -0.1), Piece("\n", -0.1), Piece("And more", -0.1)])
    assert [(piece.text, piece.refuses) for piece in first_line(rest)] == [("red", False)]
    assert next(rest).text == "And more"
    assert not list(first_line([]))


def with_template(folder: Path, source: Path) -> Path:
    shutil.copytree(source, folder)
    settings = {"eos_token": "<|im_end|>", "chat_template": TEMPLATE}
    (folder / "tokenizer_config.json").write_text(json.dumps(settings), "utf-8")
    return folder


def test_the_models_own_template_is_used_without_thinking(tmp_path: Path, tiny_model: Path) -> None:
    language = LanguageModel.find(str(with_template(tmp_path / "own", tiny_model)))
    ids = [token for span in question_prompt(language, "Who?", []) for token in span.ids]
    text = language.tokenizer.decode(ids)
    assert text.startswith("<|im_start|>user\n")
    assert text.endswith("Question: Who?<|im_end|>\n<|im_start|>assistant\n<think>\n\n</think>\n\n")


def test_without_a_template_examples_are_shown(tiny_model: Path) -> None:
    language = LanguageModel.find(str(tiny_model))
    ids = [token for span in question_prompt(language, "Who?", []) for token in span.ids]
    assert language.tokenizer.decode(ids).endswith("Question: Who?\nAnswer:")


def test_every_control_token_ends_an_answer(tiny_model: Path) -> None:
    tokenizer = Tokenizer.from_folder(tiny_model)
    assert tokenizer.control_ids == set(tokenizer.special.values())
    assert LanguageModel.find(str(tiny_model)).ends == tokenizer.control_ids


def test_confidence_is_null_and_no_number_is_shown(
    tmp_path: Path, tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from infinidoc.answering import generate

    said = "Answer: the quay\nIt is so."
    monkeypatch.setattr(generate, "write", lambda *a, **k: iter([Piece(said, -0.1)]))
    file = tmp_path / "port.txt"
    file.write_text("The customs house stands on the quay, beside the crane.\n", "utf-8")
    with Library(tmp_path / "library.db", model=str(tiny_model)) as library:
        library.ingest(file)
        result = library.ask("Where does the customs house stand?")
        first = library.ask("Where is the customs house first mentioned?")
    assert (result["answer"], result["found"], result["confidence"]) == ("the quay", True, None)
    assert json.loads(json.dumps(result))["confidence"] is None
    assert not any("%" in remark for remark in remarks(result))
    assert first["found"]


def test_a_document_of_another_model_can_be_asked_by_its_text(
    tmp_path: Path, tiny_model: Path
) -> None:
    file = tmp_path / "port.txt"
    file.write_text("The customs house stands on the quay, beside the crane.\n", "utf-8")
    with Library(tmp_path / "library.db", model=str(tiny_model)) as library:
        library.ingest(file)
    other = with_template(tmp_path / "other", tiny_model)
    described = json.loads((other / "tokenizer.json").read_text("utf-8"))
    (other / "tokenizer.json").write_text(json.dumps(described, indent=1), "utf-8")
    asked = "Where does the customs house stand?"
    with Library(tmp_path / "library.db", model=str(other)) as library:
        for every in (False, True):
            result = library.ask(asked, mode="evidence", every=every)
            assert "quay" in result["evidence"][0]["text"]
        with pytest.raises(MismatchError, match="--mode evidence"):
            library.ask(asked, mode="memory")
        note, written = library.ask(asked)["notes"]
        assert "only its text is used" in note
        assert written == ENDLESS, "a toy goes on and on"


@pytest.mark.parametrize(
    ("answer", "text", "is_echo"),
    [
        ("his uncle", "The boy kept bees for eleven years.", True),
        ("eleven years.", "He owed eleven hundred crowns, and years passed.", True),
        ("her uncle", "She inherited the mill of her uncle.", False),
        ("Ruth Amsel", "Ruth Amsel wrote the report.", False),
        ("a mill", "The boy kept bees.", False),
        ("eleven years", "", False),
    ],
)
def test_what_only_the_examples_say_is_no_answer(answer: str, text: str, is_echo: bool) -> None:
    assert copies_examples(answer, [text] if text else []) is is_echo
