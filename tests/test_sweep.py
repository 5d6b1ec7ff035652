"""Kinds of questions, counts that can be checked by hand, and nothing after the border."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

import infinidoc
from infinidoc.answering.answer import AnswerStream
from infinidoc.errors import NotFound, UsageError
from infinidoc.library import Library
from tests import tiny
from tests.conftest import Outcome
from tests.scripted import replying
from tests.test_answering import ANSWER_KEYS


@pytest.fixture
def library(tiny_model: Path, tmp_path: Path) -> Library:
    """A tale in chapters whose last one holds a secret, and two surveys that differ."""
    library = infinidoc.open(tmp_path / "library.db", model=str(tiny_model))
    chapters = "".join(
        f"# Chapter {n}\n\n{tiny.text(120, n)}\nThe zebra's stripes, {n} of them.\n"
        for n in range(1, 5)
    )
    (tmp_path / "tale.md").write_text(chapters + "# Chapter 5\n\nThe zebra is quicksilver.\n")
    (tmp_path / "north.txt").write_text("The lighthouse was built in 1884.\nZebras live here.\n")
    (tmp_path / "south.txt").write_text("The lighthouse was built in 1879.\n")
    for name in ("north.txt", "south.txt", "tale.md"):
        library.ingest(tmp_path / name)
    return library


def test_a_count_is_exact_and_says_what_was_searched(library: Library) -> None:
    result = library.ask("How many times is the zebra mentioned?")
    assert set(ANSWER_KEYS) <= set(result)
    assert (result["kind"], result["found"], result["confidence"]) == ("count", True, 1.0)
    assert result["answer"].startswith("5 times, on pages 1, 2, 3, 4 and 5 (all 5 pages were")
    assert '"zebra\'s" 4, "zebra" 1' in result["answer"]
    assert result["examined"]["pages"] == 5
    assert result["tokens_read"] == 0
    for passage in result["evidence"]:
        text = library.store.text(3, passage["start"], passage["end"])
        assert text == passage["text"]
    json.dumps(result)


def test_sides_that_end_alike_are_told_apart(library: Library, tmp_path: Path) -> None:
    text = "The Upper Mill stands on a hill.\nThe Lower Mill burned down.\nA Mill is a mill.\n"
    (tmp_path / "mills.txt").write_text(text)
    library.ingest(tmp_path / "mills.txt")
    said = library.ask("How does the Upper Mill differ from the Lower Mill?")["answer"]
    upper, lower = said.split("Lower Mill:")
    assert "hill" in upper
    assert "burned" not in upper
    assert "burned" in lower
    assert "hill" not in lower


def test_streaming_says_the_same(library: Library) -> None:
    for question in ("How many times is the zebra mentioned?", "How many unicorns are there?"):
        asking = library.stream_ask(question)
        pieces = list(asking)
        assert "".join(pieces).strip() == asking.finish()["answer"]


def test_what_is_not_there_is_not_there(library: Library) -> None:
    result = library.ask("How many times is the unicorn mentioned?")
    assert (result["found"], result["answer"]) == (False, "Not in this document.")
    assert (result["confidence"], result["examined"]["pages"]) == (0.0, 5)


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("How many chapters are there?", "5 chapters: Chapter 1, Chapter 2, Chapter 3, "),
        ("How many pages are there?", "5 pages, as infinidoc cut the text"),
        ("List the chapters", "Chapter 1 [page 1]\nChapter 2 [page 2]\n"),
    ],
)
def test_structure_needs_no_model(library: Library, question: str, answer: str) -> None:
    result = library.ask(question)
    assert result["answer"].startswith(answer)
    assert (result["confidence"], result["tokens_read"]) == (1.0, 0)


def test_structure_that_is_not_marked_is_an_ordinary_question(library: Library) -> None:
    assert "kind" not in library.ask("How many acts are there?")
    assert "kind" not in library.ask("How many times is the zebra mentioned?", mode="memory")


BORDERED = """
    How many times is the zebra mentioned?
    Where is the zebra last mentioned?
    List all zebras
    Who are the characters?
    Compare the zebra and quicksilver
    What changed between chapter 1 and chapter 5?
    How does the zebra change over the book?
    What is the last thing the zebra is?
    How many zebras are there?
    How many chapters are there?
    List the chapters
    Who is Zebra?
""".strip().splitlines()


@pytest.mark.parametrize("question", BORDERED)
def test_nothing_after_the_border(
    library: Library, monkeypatch: pytest.MonkeyPatch, question: str
) -> None:
    read = replying(monkeypatch, lambda text: text[:40] or "nothing")
    whole = library.ask(question.strip(), until="Chapter 3")
    shown = json.dumps([whole, read])
    assert "quicksilver" not in shown.replace(json.dumps(question.strip()), "")[20:].replace(
        "Quicksilver: nothing is said of it", ""
    )
    assert "Chapter 4" not in shown
    assert whole["kind"]
    assert whole["examined"]["pages"] <= 3
    assert all(passage["page"] <= 3 for passage in whole["evidence"])


def test_a_list_gathers_and_says_nothing_twice(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    replying(monkeypatch, lambda text: re.findall(r"\d of them", text)[-1])
    result = library.ask("List all zebras that are striped")
    lines = result["answer"].splitlines()
    assert [line.split(" [")[0] for line in lines[:4]] == [f"{n} of them" for n in range(1, 5)]
    assert len(lines) == 5
    assert lines[4] == "(4 of 4 matching passages were read; all 5 pages were searched)"
    assert [passage["page"] for passage in result["evidence"]] == [1, 2, 3, 4]
    assert result["tokens_read"] == 28
    assert result["confidence"] is None


def test_a_long_list_says_how_little_was_read(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    from infinidoc.sweeping import search

    monkeypatch.setattr(search, "READ", 2)
    read = replying(monkeypatch, lambda text: "stripes")
    result = library.ask("List all zebras that are striped")
    assert "(2 of 4 matching passages were read" in result["answer"]
    assert (result["examined"]["passages"], result["examined"]["of"], len(read)) == (2, 4, 2)


def test_first_and_last(library: Library) -> None:
    first = library.ask("Where is the zebra first mentioned?")
    assert first["answer"].startswith("Page 1, line")
    assert first["examined"]["pages"] == 1
    last = library.ask("Where is the zebra last mentioned?")
    assert "quicksilver" in last["answer"]
    assert last["evidence"][0]["page"] == 5


def test_a_name_within_a_run_of_letters(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "tower.txt").write_text("旧灯塔的钥匙由王小明保管。\n\n灯塔建于一八九四年。\n")
    library.ingest(tmp_path / "tower.txt")
    counted = library.ask("How many times is 灯塔 mentioned?", documents=["tower"])
    assert counted["answer"].startswith("Twice, on lines 1 and 3")
    read = replying(monkeypatch, lambda text: "the keys")
    asked = library.ask("What is the first thing that 王小明 does?", documents=["tower"])
    assert (asked["found"], len(read)) == (True, 1)


MAIL = "From {0}@x Mon Jan  1 00:00:00 2024\nFrom: {0}@x\nSubject: lamp\n\nOne row of lamps.\n\n"


@pytest.mark.parametrize(
    ("name", "text", "question", "answer"),
    [
        ("lamps.csv", "id,lamp\n1,a row\n2,brass\n3,brass\n", "rows", "3 rows and a header."),
        ("plain.csv", "1,a row\n2,brass\n", "rows", "2 rows."),
        ("lamps.jsonl", '{"lamp": "a row"}\n{"lamp": "brass"}\n', "rows", "2 rows."),
        ("box.mbox", "".join(map(MAIL.format, "abc")), "messages", "3 messages."),
    ],
)
def test_what_the_source_numbers_is_counted(
    library: Library, tmp_path: Path, name: str, text: str, question: str, answer: str
) -> None:
    (tmp_path / name).write_text(text)
    library.ingest(tmp_path / name)
    asked = library.ask(f"How many {question} are there?")
    assert (asked["answer"], asked["confidence"], asked["tokens_read"]) == (answer, 1.0, 0)


@pytest.mark.parametrize(
    "question",
    ["How many characters may a name have?", "How many words can a title of a chapter have?"],
)
def test_how_many_there_may_be_is_an_ordinary_question(library: Library, question: str) -> None:
    assert "kind" not in library.ask(question)


def test_sides_are_kept_apart(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    change = library.ask("How does the zebra change between chapter 2 and chapter 4?")
    before, after = change["answer"].split("From there to chapter 4:")
    assert before.startswith("Up to chapter 2:")
    assert "2 of them. [page 2" in before
    assert "3 of them" not in before
    assert "4 of them. [page 4" in after
    both = library.ask("Compare the zebra and the unicorn")
    assert "Unicorn: nothing is said of it." in both["answer"]
    read = replying(monkeypatch, lambda text: "quick" if "quick" in text else "striped")
    aspect = library.ask("Compare the look of the zebra and the captain")
    assert "Zebra:\n  quick [page" in aspect["answer"]
    assert "Captain:\n  striped [page" in aspect["answer"]
    assert len(read) == 6


def test_what_changed_names_who_is_new(library: Library, tmp_path: Path) -> None:
    chapters = ["Mr. Rook sat by the sea with Rook.", "Then Mr. Venn came, and Venn stayed."]
    text = "".join(f"# Chapter {n}\n\n{said}\n\n" for n, said in enumerate(chapters, 1))
    (tmp_path / "short.md").write_text(text)
    library.ingest(tmp_path / "short.md")
    answer = library.ask("What changed between chapter 1 and chapter 2?")["answer"]
    assert "Mr. Rook sat by the sea with Rook. [page 1, line 3]" in answer
    assert "New names: Venn." in answer


def test_what_a_text_is_about_is_told_by_its_summary(library: Library, tmp_path: Path) -> None:
    text = "This guide tells how lamps are kept. The wicks are cut on Mondays.\n\n# Oil\n\n"
    text += "Oil of seals burns clear. Oil of fish smokes, and the glass is cleaned twice.\n"
    (tmp_path / "guide.md").write_text(text)
    library.ingest(tmp_path / "guide.md")
    answer = library.ask("What is this guide about?", documents=["guide"])
    assert answer["kind"] == "about"
    assert "This guide tells how lamps are kept. [page 1, line 1]" in answer["answer"]
    assert {passage["document"] for passage in answer["evidence"]} == {"guide"}
    early = library.ask("What is this guide about?", documents=["guide"], until="1")["answer"]
    assert "Oil" not in early
    assert not library.summarize(document="guide", length="short")["cached"], (
        "a question keeps nothing"
    )


def test_the_number_of_a_heading_is_no_count(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "lab.txt").write_text(
        "4. Experiment with salt\n\nThe salt is weighed.\n\nThere were 7 goblets on the shelf.\n"
    )
    library.ingest(tmp_path / "lab.txt")
    replying(monkeypatch, lambda read: "4" if "Experiment" in read else "7")
    asked = library.ask("How many experiments are there?", documents=["lab"])
    assert asked["answer"].startswith('The word "experiments" is written once')
    replying(monkeypatch, lambda read: "7")
    asked = library.ask("How many goblets are there?", documents=["lab"])
    assert asked["answer"].startswith("7 [page 1, line 1].")
    monkeypatch.setattr(AnswerStream, "_confidence", lambda self: 0.25)
    asked = library.ask("How many goblets are there?", documents=["lab"])
    assert asked["confidence"] == 0.25, "as sure as the reading is"
    (tmp_path / "tales.md").write_text("# Tales\n\n## Two - The tales\n\nNobody counts tales.\n")
    library.ingest(tmp_path / "tales.md")
    replying(monkeypatch, lambda read: "Two")
    asked = library.ask("How many tales are there?", documents=["tales"])
    assert asked["answer"].startswith('The word "tales" is written')


def test_a_line_in_capitals_names_no_thing(library: Library, tmp_path: Path) -> None:
    lines = "LIST OF SPARE SEALS AT TARN\nThe Red Seals are kept dry. The Blue Seals lie beside.\n"
    (tmp_path / "parts.txt").write_text(lines)
    library.ingest(tmp_path / "parts.txt")
    listed = library.ask("List the seals.", documents=["parts"])["answer"]
    assert "TARN" not in listed
    assert listed.startswith("Red Seals [page 1, line 2]\nBlue Seals [page 1, line 2]\n")


def test_things_are_listed_by_their_names(library: Library, tmp_path: Path) -> None:
    (tmp_path / "log.txt").write_text(
        "T09Z pump began\n1 volume ledger-01 is ok\n"
        "2 volume ledger-02 failed\n3 volume ledger-01 moved\n"
        "4 the pump stopped\n5 pump ok\n"
    )
    library.ingest(tmp_path / "log.txt")
    answer = library.ask("Which volumes are mentioned?")["answer"]
    assert answer.splitlines()[:2] == [
        "volume ledger-01 [page 1, line 2]",
        "volume ledger-02 [page 1, line 3]",
    ]
    assert '("volume" 3 as written; the only page was searched)' in answer
    assert "ledger-02" in library.ask("List all failed volumes")["answer"]
    pumps = library.ask("List all pumps")["answer"]
    assert pumps.splitlines()[1] == "4 the pump stopped [page 1, line 5]"
    assert pumps.startswith("T09Z pump began [page 1, line 1]\n")
    prose = "We saw the old grey lamp. Near it hung two brass lamps, under an Aldery Lamp.\n"
    (tmp_path / "prose.txt").write_text(prose)
    library.ingest(tmp_path / "prose.txt")
    listed = library.ask("List the lamps")["answer"].splitlines()
    assert [line.split(" [")[0] for line in listed[:3]] == [
        "old grey lamp",
        "brass lamps",
        "Aldery Lamp",
    ]


def test_documents_that_differ(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    replying(
        monkeypatch, lambda text: (re.findall(r"18\d\d", text) or ["Not in this document."])[0]
    )
    result = library.ask("When was the lighthouse built?", documents=["north", "south"])
    assert result["contradiction"]
    answers = {answer["document"]: answer["answer"] for answer in result["answers"]}
    assert answers == {"north": "1884", "south": "1879"}
    assert list(result["answers"][0]) == [
        "document", "answer", "page", "label", "path", "line", "confidence",
    ]  # fmt: skip
    assert "1884 [north, page 1, line 1]" in result["answer"]
    everything = library.ask("When was the lighthouse built?", every=True)
    assert everything["answers"] == result["answers"]
    assert everything["searched"] == 3
    assert "(3 documents searched, the best 2 asked)" in everything["answer"]


def test_documents_that_agree(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    replying(monkeypatch, lambda text: "The lighthouse." if "1884" in text else "lighthouse")
    result = library.ask("Which lighthouse was built?", every=True)
    assert not result["contradiction"]
    assert "north" in result["answer"]
    assert "south" in result["answer"]
    assert len(result["answer"].splitlines()) == 2


def test_only_the_best_documents_are_asked(
    library: Library, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for number in range(5):
        (tmp_path / f"more{number}.txt").write_text(f"The lighthouse was built in {number}.\n")
        library.ingest(tmp_path / f"more{number}.txt")
    replying(monkeypatch, lambda text: "yes")
    result = library.ask("When was the lighthouse built?", every=True)
    assert (len(result["answers"]), result["searched"]) == (4, 8)


def test_a_sweep_of_many_documents(library: Library) -> None:
    result = library.ask("How many times is the zebra mentioned?", every=True)
    assert "tale: 5 times" in result["answer"]
    assert "north: Once, on line 2" in result["answer"]
    assert "Nothing in south." in result["answer"]
    assert not result["contradiction"]
    assert result["examined"]["pages"] == 7


def test_all_and_doc_exclude_each_other(cli: Any, library: Library, tmp_path: Path) -> None:
    database = tmp_path / "library.db"
    refused: Outcome = cli("ask", "Who?", "--all", "--doc", "tale", "-d", database)
    assert (refused.code, "--doc" in refused.err) == (2, True)
    with pytest.raises(UsageError):
        library.ask("Who?", every=True, documents=["tale"])
    asked: Outcome = cli("ask", "How many pages are there?", "--all", "-d", database)
    assert asked.out.count("page") >= 3
    assert cli("ask", "Who?", "--all", "-d", tmp_path / "none.db").code == 1


def test_all_means_those_that_can_be_asked(library: Library) -> None:
    library.store.update_document(3, status="reading")
    assert library.ask("zebra?", every=True)["documents"] == ["south", "north"]
    for document in (1, 2):
        library.store.update_document(document, identity={"model": "another"})
    assert library.ask("zebra?", every=True)["documents"] == ["south", "north"]
    with pytest.raises(NotFound, match="no document to ask"):
        library.ask("zebra?", every=True, mode="memory")
