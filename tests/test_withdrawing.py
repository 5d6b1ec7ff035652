"""What is done with what a model says: checked, withdrawn, looked for again."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

import infinidoc
from infinidoc.answering import refusal as refusing
from infinidoc.answering.answer import ENDLESS, PASSAGES, WROTE_NOTHING, AnswerStream
from infinidoc.answering.generate import REPEAT, Piece, write
from infinidoc.answering.prompts import NOT_FOUND
from infinidoc.answering.refusal import Refusal, refusal_of
from infinidoc.answering.without_adapter import first_line
from infinidoc.cli.answers import remarks
from infinidoc.library import Library
from infinidoc.memory import MemoryConfig
from infinidoc.model.kv_cache import KVCache
from tests import tiny
from tests.scripted import Letters, Looping, replying

ASIDE = "The harbour committee met about the ferry, the ferry timetable and the ferry landing. "
LEAVES = "The ferry of the harbour leaves at seven in winter."


@pytest.fixture
def library(tiny_model: Path, tmp_path: Path) -> Library:
    """A document with many pages about a ferry, one of which says when it leaves."""
    library = infinidoc.open(tmp_path / "library.db", model=str(tiny_model))
    pages = [f"# Part {n}\n\n{ASIDE * 3}It was the meeting number {n}.\n" for n in range(12)]
    pages.append(f"# Verdict\n\nThe jury found the pilot Not guilty in May 1884.\n\n{LEAVES}\n")
    (tmp_path / "harbour.md").write_text("\n".join(pages), "utf-8")
    library.ingest(tmp_path / "harbour.md")
    return library


def test_what_no_passage_says_is_withdrawn(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    replying(monkeypatch, lambda passages: "at half past eleven, says Wilhelmina")
    result = library.ask("When does the ferry leave in winter?")
    assert (result["found"], result["answer"], result["confidence"]) == (False, NOT_FOUND, 0.0)
    assert result["withdrawn"] == "at half past eleven, says Wilhelmina"
    assert result["evidence"]
    assert result["citations"] == []


def test_what_a_passage_says_stays_with_its_sentence(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    replying(monkeypatch, lambda passages: "at seven")
    result = library.ask("When does the ferry of the harbour leave in winter?")
    assert (result["found"], result["answer"]) == (True, "at seven")
    assert result.get("withdrawn") is None
    (citation,) = result["citations"]
    assert citation["text"] == LEAVES
    assert citation["page"] == 13


def test_an_answer_that_stands_elsewhere_is_cited_there(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The passages read do not hold it: the whole text is looked through before it is withdrawn."""
    replying(monkeypatch, lambda passages: "Not guilty, in May 1884")
    result = library.ask("What did the harbour committee say of the ferry landing?")
    assert (result["found"], result["answer"]) == (True, "Not guilty, in May 1884")
    assert "Not guilty" in result["evidence"][0]["text"]
    assert result["citations"][0]["page"] == 13


def test_when_the_best_passages_hold_nothing_the_next_are_read(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[str] = []

    def reply(passages: str) -> str:
        looks.append(passages)
        return NOT_FOUND if len(looks) == 1 else "the ferry timetable"

    read = replying(monkeypatch, reply)
    result = library.ask("What did the committee meet about?")
    assert (len(looks), len(read)) == (2, 2 * PASSAGES)
    assert len(set(read)) == len(read)
    assert result["answer"] == "the ferry timetable"


def test_after_the_last_look_it_is_not_in_the_document(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = replying(monkeypatch, lambda passages: NOT_FOUND)
    result = library.ask("What did the committee meet about?")
    assert len(read) == 2 * PASSAGES
    assert (result["found"], result["answer"], len(result["evidence"])) == (
        False, NOT_FOUND, PASSAGES,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("question", "unknown"),
    [
        ("What did Wilhelmina Storck say of the ferry?", ["Wilhelmina", "Storck"]),
        ("What did the committee say in May?", []),
        ("Was sagte Wilhelmina Storck im committee über die ferry?", []),  # no English: no rule
    ],
)
def test_a_name_that_is_nowhere_is_not_asked_about(
    library: Library, monkeypatch: pytest.MonkeyPatch, question: str, unknown: list[str]
) -> None:
    read = replying(monkeypatch, lambda passages: "the ferry timetable")
    result = library.ask(question)
    assert result["unknown"] == unknown
    assert bool(read) == (not unknown)
    if unknown:
        assert (result["found"], result["answer"]) == (False, NOT_FOUND)


# -- refusing ------------------------------------------------------------------------------


class Saying:
    """A decoder that says a text, letter by letter, then NOT_FOUND a little less gladly."""

    def __init__(self, text: str, other: str = NOT_FOUND) -> None:
        self.texts, self.device = (text, other), torch.device("cpu")
        self.said: list[int] = []

    def ask(self, ids: torch.Tensor, memory: None, cache: KVCache) -> torch.Tensor:
        self.said = self.said[: cache.length]
        states = []
        for token in ids[0].tolist():
            self.said.append(token)
            states.append(bytes(self.said))
        cache.layers[0].length = len(self.said)  # type: ignore[union-attr]
        return states  # type: ignore[return-value]

    def logits(self, states: list[bytes]) -> torch.Tensor:
        return torch.stack([self.after(state) for state in states]).unsqueeze(0)

    def after(self, state: bytes) -> torch.Tensor:
        logits = torch.full((256,), -9.0)
        for likes, text in enumerate(reversed(self.texts)):
            if text.encode().startswith(state):
                logits[[*text.encode(), 0][len(state)]] = 5.0 + 2 * likes
        return logits


@pytest.fixture
def by_six_letters(monkeypatch: pytest.MonkeyPatch) -> None:
    """What letters tell a refusal by: "Not in"."""
    monkeypatch.setattr(refusing, "TELLING", 6)


def cache() -> KVCache:
    from infinidoc.model.kv_cache import LayerCache

    cache = KVCache(1)
    cache.layers[0] = LayerCache()
    return cache


def written(model: Saying, refusal: Refusal) -> bytes:
    """What is said letter by letter, the refusal being barred."""
    said = b""
    while token := int(refusal.without(model.after(said), list(said)).argmax()):
        said += bytes([token])
    return said


def test_what_begins_like_a_refusal_is_said(by_six_letters: None) -> None:
    model, window = Saying("Not guilty"), cache()
    refusal = refusal_of(model, Letters(), window, model.after(b""), None)  # type: ignore[arg-type]
    assert refusal.probability < 0.2
    assert written(model, refusal) == b"Not guilty"


def test_a_refusal_is_told_and_not_said(by_six_letters: None) -> None:
    model, window = Saying(NOT_FOUND, "seven"), cache()
    refusal = refusal_of(model, Letters(), window, model.after(b""), None)  # type: ignore[arg-type]
    assert refusal.probability > 0.8
    assert written(model, refusal) == b"seven"


def test_a_real_decoder_is_left_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(refusing, "UNLIKELY", 0.0)
    model = tiny.decoder(MemoryConfig(segment=16, sinks=2, carried=4))
    window = KVCache(model.shape.depth)
    with torch.inference_mode():
        hidden = model.ask(torch.tensor([[5, 6, 7]]), None, window)
        logits = model.logits(hidden)[0, -1].float()
    refusal = refusal_of(model, Letters(), window, logits, None)  # type: ignore[arg-type]
    assert (window.length, 0 < refusal.probability < 1) == (3, True)


@pytest.mark.parametrize("letters", ["a", "ab", "abc\0", " "])
def test_a_model_that_repeats_itself_without_end_is_stopped(letters: str) -> None:
    model = Looping(letters)
    pieces = list(write(model, KVCache(1), torch.zeros(1, 1, 1), None, most=50, stop_at_line=False))  # type: ignore[arg-type]
    if "\0" in letters:  # it comes to an end once what it likes better was said
        assert not pieces[-1].unended
        return
    assert [piece.unended for piece in pieces] == [False] * 50 + [True]
    assert (pieces[-1].text, model.asked) == ("", 50)
    text = "".join(piece.text for piece in pieces)
    runs = [text[at : at + REPEAT] for at in range(len(text) - REPEAT + 1)]
    assert len(set(runs)) == len(runs), "no run of tokens is written twice"


@pytest.mark.parametrize(
    ("said", "unended", "note"),
    [
        ("at seven in winter", True, ENDLESS),
        ("at seven in winter", False, None),
        (f"{NOT_FOUND} " * 9, True, None),  # a refusal is all that is shown of it
        ("   ", False, WROTE_NOTHING),
        (" \n ", True, WROTE_NOTHING),
    ],
)
def test_how_a_model_wrote_is_said_if_it_did_not_do_well(
    library: Library, monkeypatch: pytest.MonkeyPatch, said: str, unended: bool, note: str | None
) -> None:
    replying(monkeypatch, lambda passages: said, unended)
    result = library.ask("When does the ferry of the harbour leave in winter?")
    assert result["notes"] == ([note] if note else [])
    assert result["found"] == said.startswith("at")
    assert list(remarks(result))[-1:] == result["notes"]


def test_what_says_nothing_at_all_is_said(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(AnswerStream, "_write", lambda self: iter(()))
    result = library.ask("When does the ferry of the harbour leave in winter?")
    assert (result["answer"], result["notes"]) == (NOT_FOUND, [WROTE_NOTHING])


def test_thinking_that_comes_to_no_end_is_no_plain_refusal() -> None:
    pieces = [Piece("<think>so", -0.1), Piece(" and so", -0.1), Piece("", -0.1, unended=True)]
    (piece,) = first_line(pieces)
    assert (piece.text, piece.refuses, piece.unended) == ("", True, True)
