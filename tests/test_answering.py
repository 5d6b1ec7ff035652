"""Answers stand on passages, summaries on sections, and nothing knows what comes later."""

from __future__ import annotations

import json
import textwrap
from pathlib import Path
from typing import Any

import pytest

import infinidoc
from infinidoc import ingest as ingest_module
from infinidoc.answering.answer import is_refusal
from infinidoc.errors import NotFound, UsageError
from infinidoc.library import Library
from infinidoc.memory import Memory
from infinidoc.pointing.pointer import Pointer
from infinidoc.retrieval.evidence import Evidence
from infinidoc.text.passages import cut_passages
from infinidoc.text.similarity import select_central
from tests import tiny

SECRET = "The zanzibar password is quicksilver."
ANSWER_KEYS = """
    question answer found confidence documents mode until evidence tokens_read seconds
    first_token_seconds
""".split()
EVIDENCE_KEYS = "document page label path line start end text score kind".split()


@pytest.fixture
def library(tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Library:
    """Two documents; in the first a secret stands on the last page."""
    from infinidoc import language
    from infinidoc.memory import MemoryConfig

    config = MemoryConfig(segment=64, sinks=2, carried=8)
    monkeypatch.setattr(language.LanguageModel, "config", config)
    monkeypatch.setattr(ingest_module, "SNAPSHOT_TOKENS", 256)
    library = infinidoc.open(tmp_path / "library.db", model=str(tiny_model))
    pages = "".join(f"# Chapter {n}\n\n{tiny.text(150, n)}\n" for n in range(1, 7))
    (tmp_path / "tale.md").write_text(pages + f"# Chapter 7\n\n{SECRET}\n", "utf-8")
    (tmp_path / "other.txt").write_text("The orchard is in bloom.\n", "utf-8")
    library.ingest(tmp_path / "other.txt")
    library.ingest(tmp_path / "tale.md")
    return library


def test_an_answer_has_the_keys_of_the_contract(library: Library) -> None:
    result = library.ask("What is the zanzibar password?")
    assert set(ANSWER_KEYS) <= set(result)
    assert result["documents"] == ["tale"]
    first = result["evidence"][0]
    assert list(first) == EVIDENCE_KEYS
    assert SECRET in first["text"]
    assert (first["page"], first["line"] > 1) == (7, True)
    assert library.store.text(2, first["start"], first["end"]).strip() == first["text"]
    assert result["tokens_read"] > 0
    json.dumps(result)


def test_nothing_in_the_text_is_said_to_be_not_in_the_document(library: Library) -> None:
    result = library.ask("Xylophone quux?", mode="evidence")
    assert (result["found"], result["answer"]) == (False, "Not in this document.")
    assert result["confidence"] == 0.0


def test_streaming_gives_the_same_words(library: Library) -> None:
    answering = library.stream_ask("Who is the captain?")
    streamed = "".join(answering)
    assert answering.finish()["answer"] in (streamed.strip(), "Not in this document.")


@pytest.mark.parametrize("until", [None, 4])
def test_an_answer_about_a_document_does_not_depend_on_the_others(
    library: Library, tmp_path: Path, until: int | None
) -> None:
    """Their passages share its words, so that these would weigh less than they do in it alone."""
    with infinidoc.open(tmp_path / "alone.db", model=str(library.model)) as alone:
        alone.ingest(tmp_path / "tale.md")
        for number in range(8, 38):
            text = f"{tiny.text(60, number)} A password of the captain.\n"
            (tmp_path / f"other {number}.txt").write_text(text, "utf-8")
            library.ingest(tmp_path / f"other {number}.txt")
        for question in ("What is the zanzibar password?", "Where did the captain sail?"):
            options: dict[str, Any] = {"documents": ["tale"], "until": until}
            here, there = library.ask(question, **options), alone.ask(question, **options)
            for key in ("answer", "found", "confidence", "evidence"):
                assert here[key] == there[key], (question, key)
            assert here["evidence"] or until


@pytest.mark.parametrize("until", ["3", 3, "Chapter 3"])
def test_nothing_after_the_border_is_known(
    library: Library, monkeypatch: pytest.MonkeyPatch, until: Any
) -> None:
    """The secret is in no passage, and every memory that is read ends before it."""
    from infinidoc.answering import generate

    handed: list[Memory] = []
    real = generate.read_prompt

    def spy(language: Any, spans: Any, memories: Any) -> Any:
        handed.extend(memory for memory in memories if memory is not None)
        return real(language, spans, memories)

    monkeypatch.setattr(generate, "read_prompt", spy)
    border = library.store.page(2, 3)["end"]
    segments = library.store.segments(2)
    for mode in ("auto", "memory", "evidence"):
        question = "What is the zanzibar password of the captain?"
        result = library.ask(question, mode=mode, until=until)
        assert all(passage["page"] <= 3 for passage in result["evidence"])
        assert "quicksilver" not in json.dumps(result)
    assert handed
    for memory in handed:
        read = [s["end"] for s in segments if s["token_start"] < memory.tokens_seen]
        assert not read or max(read) <= border
    summary = library.summarize(until=until, length="long")
    assert "quicksilver" not in json.dumps(summary)
    assert summary["sections"][-1]["last_page"] == 3


def test_passages_are_read_with_the_memory_of_their_place(library: Library) -> None:
    from infinidoc.retrieval.memory_at import MemoryAtPosition

    memory_at = MemoryAtPosition(library.store, library.language, library.store.document(2), None)
    for character in (0, 500, 2000, 5000):
        memory = memory_at.before(character)
        seen = [s for s in library.store.segments(2) if s["token_start"] < memory.tokens_seen]
        assert not seen or seen[-1]["end"] <= character
    assert memory_at.latest().tokens_seen == library.show("tale")["tokens"]


def test_several_documents_name_theirs(library: Library) -> None:
    result = library.ask("orchard or zanzibar password", documents=["tale", "other"])
    assert {passage["document"] for passage in result["evidence"]} == {"tale", "other"}


def test_bad_questions(library: Library) -> None:
    with pytest.raises(UsageError, match="empty"):
        library.ask("  ")
    with pytest.raises(UsageError, match="mode"):
        library.ask("What?", mode="guess")
    with pytest.raises(NotFound, match="pages 1 to 7"):
        library.ask("What?", until=99)
    with pytest.raises(NotFound, match="no such document"):
        library.ask("What?", documents=["missing"])


def test_a_summary_by_chapter_covers_the_document_and_is_kept(library: Library) -> None:
    summary = library.summarize(by="chapter", length="short")
    sections = summary["sections"]
    assert [section["title"] for section in sections] == [f"Chapter {n}" for n in range(1, 8)]
    assert sections[0]["first_page"] == 1
    assert sections[-1]["last_page"] == library.show("tale")["pages"]
    assert not summary["cached"]
    again = library.summarize(by="chapter", length="short")
    assert again["cached"]
    assert again["sections"] == sections
    assert {"document", "length", "summary", "sections", "evidence", "seconds"} <= set(summary)


def test_a_summary_is_made_anew_when_the_document_grows(library: Library, tmp_path: Path) -> None:
    library.summarize(length="short")
    (tmp_path / "more.txt").write_text("More of it.\n", "utf-8")
    library.append("tale", tmp_path / "more.txt")
    assert not library.summarize(length="short")["cached"]


def test_shares_cover_all_pages_in_order(library: Library) -> None:
    summary = library.summarize(length="medium")
    pages = [(s["first_page"], s["last_page"]) for s in summary["sections"]]
    assert pages[0][0] == 1
    assert pages[-1][1] == library.show("tale")["pages"]
    assert all(b[0] == a[1] + 1 for a, b in zip(pages, pages[1:], strict=False))


def test_central_passages_are_the_ones_that_speak_of_what_all_speak_of() -> None:
    about = [f"the harbour and the lantern, part {n} of the harbour story" for n in range(6)]
    texts = [*about[:3], "an unrelated remark on mathematics", *about[3:]]
    chosen = select_central(texts, 3)
    assert 3 not in [index for index, _ in chosen]
    assert [index for index, _ in select_central(texts, 1, focus="mathematics")] == [3]


def test_a_wrapped_line_ends_no_passage() -> None:
    sentence = "The tenant keeps the boiler in good repair and at the end gives it back. "
    wrapped = "\n".join(textwrap.wrap(sentence * 30, 72)) + "\n"
    passages = [wrapped[start:end] for start, end in cut_passages(wrapped)]
    assert len(passages) > 3
    assert all(passage.rstrip().endswith("back.") for passage in passages)
    rows = "".join(f"row {number} of many without a stop\n" for number in range(90))
    assert all(rows[:end].endswith("\n") for _, end in cut_passages(rows))


def test_passages_cover_the_text() -> None:
    text = tiny.text(900) + "x" * 2000 + "\n\n\n" + "def f():\n    pass\n" * 40
    spans = cut_passages(text)
    assert all(end - start <= 900 for start, end in spans)
    covered = "".join(text[start:end] for start, end in spans)
    assert covered.split() == text.split()


def test_places_are_said_as_a_reader_would() -> None:
    def where(**fields: Any) -> str:
        base: dict[str, Any] = dict.fromkeys(("label", "path", "line"))
        base |= {"document": "d", "page": 9}
        return Evidence(**{**base, **fields}, start=0, end=1, text="", score=1.0).where()

    assert where(label="iv") == "page iv (sheet 9)"
    assert where(label="9") == "page 9"
    assert where(line=7) == "page 9, line 7"
    assert where(path="src/a.py", line=12) == "src/a.py:12"


def test_refusals() -> None:
    assert is_refusal(" Not in this document. Sorry")
    assert not is_refusal("Notting Hill")


# -- pointing -----------------------------------------------------------------------------


@pytest.fixture
def pointing(library: Library, monkeypatch: pytest.MonkeyPatch) -> Library:
    """The same library, read by a model with a pointer beside it that always answers."""
    pointer = tiny.pointer()
    pointer.refusal, pointer.calibration = 1.0, [-1.0, 1.0]
    monkeypatch.setattr(type(library.language), "pointer", pointer)
    return library


def test_an_answer_pointed_at_stands_in_the_passage_that_is_cited(pointing: Library) -> None:
    answering = pointing.stream_ask("What is the zanzibar password?")
    streamed = "".join(answering)
    result = answering.finish()
    assert result["answer"] == streamed.strip()
    assert result["answer"] in result["evidence"][0]["text"]
    assert result["answer"] in result["citations"][0]["text"]
    assert result["citations"][0]["supported"]
    assert result["withdrawn"] is None
    assert 0 < result["confidence"] < 1
    other = result["runner_up"]
    assert other is None or other["answer"] != result["answer"]
    json.dumps(result)


def test_the_model_is_asked_only_where_the_pointer_is_not_sure(
    pointing: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    language = pointing.language
    weighed = pointing.ask("What is the zanzibar password?")
    assert language.pointer is not None
    monkeypatch.setattr(type(language), "reader", property(lambda _: pytest.fail("asked")))
    language.pointer.sure = 0.0
    alone = pointing.ask("What is the zanzibar password?")
    assert alone["found"]
    assert alone["evidence"]
    assert alone["tokens_read"] < weighed["tokens_read"]


def test_a_pointer_refuses_above_its_border(pointing: Library) -> None:
    assert pointing.language.pointer is not None
    pointing.language.pointer.refusal = 0.0
    result = pointing.ask("What is the zanzibar password?")
    assert (result["found"], result["confidence"], result["runner_up"]) == (False, 0.0, None)
    assert SECRET in result["evidence"][0]["text"]


def test_a_memory_alone_is_not_pointed_at(
    pointing: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Pointer, "point", lambda *_: pytest.fail("pointed"))
    assert pointing.ask("What is the zanzibar password?", mode="memory")["mode"] == "memory"
