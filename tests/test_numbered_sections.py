"""A question that names a section by its number is asked of that section."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from infinidoc.library import Library
from infinidoc.questions.question_kinds import QuestionKind
from infinidoc.questions.sections_asked import sections_asked
from infinidoc.retrieval import numbered_sections
from infinidoc.retrieval.numbered_sections import named_sections
from infinidoc.store import Store
from infinidoc.text.references import References
from tests.test_summaries import fill, store

__all__ = ["store"]  # a fixture

LEASE = """\
Contents
1. Parties .... 1
2. Rent ....... 1
3. Ending ..... 2

1. Parties
The landlord is Ada Mill, who lives at the mill above the weir, and the tenant of the house, the
garden and the boat is Ben Hale.

2. Rent
The rent is 900 crowns a month.
2.1 Late rent
Rent that is late costs 30 crowns more.
2.2 Reviews
1. The rent is reviewed every year.
2. It never falls.

3. Ending
Each side may end the lease with 60 days of notice.
Article IV. Repairs
The landlord repairs the roof.
"""
CHANGES = """\
# Changes

## [2.1.0] - 2026-03-02

- Tides are read from a file.
- since 1.9.4 nothing else

## [2.0.10] - 2026-01-05

- The lamp is lit at dusk.

## [2.0.1] - 2025-11-30

- The bell rings twice.
"""


def told(store: Store, text: str, question: str) -> list[str]:
    document = fill(store, [("", text)], "text")
    found = named_sections(store, [document], question, {})
    return [text[section.start : section.end] for section in found]


@pytest.mark.parametrize(
    ("question", "begins", "ends"),
    [
        ("What does section 2 say of rent?", "2. Rent", "never falls.\n\n"),
        ("What is in clause 2.1?", "2.1 Late", "30 crowns more.\n"),
        ("What does § 2.2 say?", "2.2 Reviews", "never falls.\n\n"),
        ("Who are the parties in section 1?", "1. Parties\nThe", "Ben Hale.\n\n"),
        ("What does article 4 ask of the landlord?", "Article IV", "the roof.\n"),
        ("What does Article IV ask of the landlord?", "Article IV", "the roof.\n"),
    ],
)
def test_a_section_goes_as_far_as_the_next_of_its_rank(
    store: Store, question: str, begins: str, ends: str
) -> None:
    (section,) = told(store, LEASE, question)
    assert section.startswith(begins)
    assert section.endswith(ends)


@pytest.mark.parametrize(
    ("question", "begins"),
    [
        ("What changed in version 2.0.1?", "## [2.0.1]"),
        ("What is new in v2.0.10?", "## [2.0.10]"),
        ("When was Tide 2.1.0 released?", "## [2.1.0]"),
    ],
)
def test_a_version_is_a_section_of_a_list_of_changes(
    store: Store, question: str, begins: str
) -> None:
    (section,) = told(store, CHANGES, question)
    assert section.startswith(begins)
    assert section.count("## [") == 1


@pytest.mark.parametrize("text", [LEASE, CHANGES])
@pytest.mark.parametrize(
    "question",
    [
        "What does section 7 say?",
        "What does section 2.9 say?",
        "What changed in 1.9.4?",
        "Is 2.5 the answer?",
        "Who lit the lamp?",
    ],
)
def test_what_names_none_finds_none(store: Store, question: str, text: str) -> None:
    assert told(store, text, question) == []


CONTENTS = """\
Contents
3.1. Purpose
3.2. Tools
3.3. Boats
4. Rules

Chapter 3. The harbour

3.1. Purpose

The harbour shelters boats in winter.

3.2. Tools

3.2.1. Ropes

Ropes are kept dry.

3.3. Boats

Boats are counted in spring.

4. Rules

Nobody swims.
"""


@pytest.mark.parametrize(
    ("number", "section"),
    [
        ("3.2", "3.2. Tools\n\n3.2.1. Ropes\n\nRopes are kept dry.\n\n"),
        ("3.3", "3.3. Boats\n\nBoats are counted in spring.\n\n"),
    ],
)
def test_a_section_is_no_version_and_a_list_of_contents_ends_where_the_text_begins(
    store: Store, number: str, section: str
) -> None:
    assert told(store, CONTENTS, f"What does section {number} say?") == [section]


@pytest.fixture
def library(tmp_path: Path, tiny_model: Path) -> Library:
    library = Library(tmp_path / "library.db", model=str(tiny_model), offline=True)
    for name, text in (("lease", LEASE), ("changes", CHANGES)):
        (tmp_path / f"{name}.txt").write_text(text, "utf-8")
        library.ingest(tmp_path / f"{name}.txt", index_only=True)
    return library


def test_a_question_for_a_whole_section_is_told_it(library: Library) -> None:
    found = library.ask("What changed in version 2.0.10?", documents=["changes"])
    assert found["kind"] == "section"
    assert "The lamp is lit at dusk." in found["answer"]
    assert "Tides" not in found["answer"]
    assert "bell" not in found["answer"]
    assert found["evidence"][0]["line"] == 8
    found = library.ask("What does clause 2.1 say?", documents=["lease"])
    assert found["answer"].startswith("2.1 Late rent")
    assert "reviewed" not in found["answer"]


def test_passages_are_of_the_section_only(library: Library) -> None:
    found = library.passages("How much does section 2.1 ask of who pays late?", documents=["lease"])
    assert all("Late" in passage.text for passage in found)
    assert all("reviewed" not in passage.text for passage in found)


LINKED = """# Changelog

## [1.6.0](https://forge.example/tide/compare/v1.5.0...v1.6.0) (2024-01-16)

* The lamp is lit at dusk.

## [1.5.0](https://forge.example/tide/compare/v1.4.0...v1.5.0) (2023-12-12)

* The bell is heard.

## [1.4.0](https://forge.example/tide/compare/v1.3.1...v1.4.0) (2023-10-26)

* Tides are read.
"""


def test_where_a_link_leads_names_no_version_and_code_has_no_headings(
    tmp_path: Path, tiny_model: Path
) -> None:
    folder = tmp_path / "tide"
    folder.mkdir()
    (folder / "CHANGELOG.md").write_text(LINKED)
    (folder / "tide.sh").write_text("set -e\n\nexport TIDE_VERSION='1.6.0'\n" + "echo tide\n" * 200)
    library = Library(tmp_path / "library.db", model=str(tiny_model), offline=True)
    library.ingest(folder, index_only=True)
    changed = library.ask("What changed in version 1.5.0?")
    assert changed["kind"] == "section"
    assert "The bell is heard." in changed["answer"]
    assert "dusk" not in changed["answer"]
    released = library.ask("When was 1.6.0 released?")
    assert released["answer"].startswith("## [1.6.0]")
    assert "2024-01-16" in released["answer"]
    assert "dusk" not in released["answer"]


def test_a_version_that_is_nowhere_is_unknown(library: Library) -> None:
    found = library.ask("Which lamp is lit since version 7.5?", documents=["changes"])
    assert not found["found"]
    assert found["unknown"] == ["7.5"]
    assert library.ask("Who saw 7.5 lamps?", documents=["lease"])["unknown"] == []


@pytest.mark.parametrize("question", ["What does clause 2.1 say?", "Who pays late in clause 2.1?"])
def test_a_section_is_looked_up_once_a_question(
    library: Library, question: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[References] = []
    spans = numbered_sections._named_spans

    def counted(named: References, pages: Any) -> Any:
        looked.append(named)
        return spans(named, pages)

    monkeypatch.setattr(numbered_sections, "_named_spans", counted)
    library.ask(question, documents=["lease"])
    assert looked.count(References.of(question)) == 1


@pytest.mark.parametrize(
    ("question", "words", "aspect"),
    [
        ("What changed in version 2.1?", "", ""),
        ("When was version 2.1 released?", "", "when"),
        ("What does section 4 say of the roof?", "roof", ""),
    ],
)
def test_what_is_asked_of_a_section_is_told_by_the_wording(
    question: str, words: str, aspect: str
) -> None:
    assert sections_asked(question) == QuestionKind("section", words, "section", aspect=aspect)
    assert sections_asked("What changed?") is None
