"""What contradicts earlier chapters is found with both places, and right text is left alone."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from infinidoc.checking.consistency import NOT_ENGLISH, english, findings
from infinidoc.checking.finding import Inconsistency
from infinidoc.retrieval.page_sentences import sentences
from tests.conftest import Outcome

Cli = Callable[..., Outcome]
PLACE_KEYS = {"page", "label", "path", "line", "text"}
VENN = "Isolde Venn wound the clock. The clock was as old as Isolde Venn herself. "


def pages(*texts: str) -> list[dict[str, Any]]:
    """One page, and one chapter, per text."""
    rows, at = [], 0
    for number, text in enumerate(texts, 1):
        row: dict[str, Any] = {"number": number, "label": None, "path": None, "line": 1}
        row |= {"chapter": 1, "title": f"Chapter {number}", "text": f"{text}\n", "start": at}
        at += len(text) + 1
        rows.append({**row, "end": at})
    return rows


def found(*texts: str) -> list[Inconsistency]:
    return findings(sentences(pages(*texts)))


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("The colour was gone.", "There was no color left."),
        ("He travelled by night.", "They traveled by day."),
        ("They organized it.", "It was organised by them."),
    ],
)
def test_a_word_in_two_spellings_is_found_with_both_places(first: str, second: str) -> None:
    texts = (f"It rained. {first}", "Nothing came of it.", f"It was cold. {second}")
    (finding,) = found(*texts)
    assert finding.kind == "spelling"
    assert (finding.first.text, finding.first.page) == (first, 1)
    assert (finding.second.text, finding.second.page) == (second, 3)
    assert (finding.first.title, finding.second.title) == ("Chapter 1", "Chapter 3")
    assert found(texts[0], texts[1], texts[0]) == []


@pytest.mark.parametrize(
    "texts",
    [
        ("On the way out Berlin was thirty.", "On the way back Berlin was ten."),
        ("Isolde had black hair.", "She dyed it, and now Isolde's hair was red."),
        ("It rained. Mr. Venn had blue eyes.", "It rained. Mrs. Venn had brown eyes."),
        ("Isolde was nineteen.", "Seven years later Isolde was twenty-six years old."),
        ("They met on Thursday, 4 May 1871.", "On Monday, 4 May 1701, it rained."),
        ("The advice was good.", "They advise the wise to exercise and to prize it."),
        ("The metre was long.", "The meter was read, otherwise nothing."),
        ("", "\n\n#", "?!"),
    ],
)
def test_what_may_well_be_is_left_alone(texts: tuple[str, ...]) -> None:
    assert found(*texts) == []


@pytest.mark.parametrize(
    ("usual", "slip", "is_found"),
    [
        ("Baskerville", "Baskerviile", True),
        ("Shenstone", "Shentsone", True),
        ("Paterson", "Patterson", True),
        ("Ferté", "Ferte", True),
        ("Tobias Rooke", "Tobias Roooke", True),  # the same name stands before both
        ("Harris", "Harriet", False),
        ("Cyprus", "Cyrus", False),
        ("George", "George", False),
        ("German", "Germany", False),
        ("Venn", "Venns", False),
    ],
)
def test_a_name_that_is_spelled_in_two_ways(usual: str, slip: str, is_found: bool) -> None:
    text = f"Then they saw {usual} again. " * 12
    kinds = [finding.kind for finding in found(text, f"That night they saw {slip} too.")]
    assert kinds == ["name"] * is_found


def test_alike_names_of_two_persons_are_two() -> None:
    both = "Then Marianne laughed. They saw Marianna. Nobody saw Marianna. "
    assert found(both * 8) == []
    assert len(found("They saw Catherine. " * 12 + "They saw Cathetine.")) == 1
    assert found("They saw Catherine. " * 12 + "Then Catherine sang to Cathetine.") == []


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("They sailed on Monday, 4 May 1871.", "was a Thursday, not a Monday"),
        ("They sailed on Monday the 4th of May 1871.", "was a Thursday, not a Monday"),
        ("The letter was of May 4, 1871, a Monday, and torn.", "was a Thursday, not a Monday"),
        ("It was Friday, 31 February 1871.", "there is no 31 February 1871"),
        ("They sailed on Thursday, May 4th, 1871.", None),
        ("They sailed on Monday, 4 May.", None),
    ],
)
def test_weekdays_fit_their_dates(text: str, right: str | None) -> None:
    about = [finding.about for finding in found(text)]
    assert bool(about) == (right is not None)
    assert right is None or right in about[0]


def test_no_rule_runs_on_a_text_in_another_language() -> None:
    german = "Der Hund lief über die Straße, und niemand hielt ihn auf. "
    assert not english(sentences(pages(german * 3)))
    assert english(sentences(pages("The dog ran over the road, and nobody held it back. ")))
    assert english(sentences(pages("")))


# -- the command ---------------------------------------------------------------------------


@pytest.fixture
def novel(tmp_path: Path) -> Path:
    path = tmp_path / "novel.md"
    first = "# Chapter 1\n\nThe colour of it was grey. They sailed on Monday, 4 May 1871.\n\n"
    path.write_text(first + "# Chapter 2\n\nThen its color was gone.\n", "utf-8")
    return path


def test_a_manuscript_is_read_once_and_checked(cli: Cli, novel: Path) -> None:
    result = cli("check", novel, "--json")
    assert result.code == 0
    found = {(row := json.loads(line))["kind"]: row for line in result.out.splitlines()}
    assert list(found) == ["spelling", "weekday"] or list(found) == ["weekday", "spelling"]
    spelling = found["spelling"]
    assert set(spelling["first"]) >= PLACE_KEYS
    assert (spelling["first"]["page"], spelling["first"]["line"]) == (1, 3)
    assert spelling["second"]["page"] == 2
    assert spelling["second"]["text"] == "Then its color was gone."
    assert len(cli("list").out.splitlines()) == 1
    assert cli("check", "novel", "--json", "-m", "no-such-model").out == result.out
    assert cli("check", novel, "--json", "-m", "no-such-model").out == result.out


def test_an_empty_name_is_no_folder(cli: Cli) -> None:
    assert "no such document" in cli("check", "").err


def test_what_a_person_sees(cli: Cli, novel: Path) -> None:
    out = cli("check", novel).out
    assert "weekday: 4 May 1871 was a Thursday, not a Monday  (" in out
    assert "  Chapter 1, page 1, line 3: The colour of it was grey.\n" in out
    assert "  Chapter 2, page 2, line 7: Then its color was gone.\n" in out


def test_strict_and_until(cli: Cli, novel: Path, tmp_path: Path) -> None:
    assert cli("check", novel, "--strict").code == 5
    until = cli("check", "novel", "--until", "Chapter 1", "--json").out.splitlines()
    assert [json.loads(line)["kind"] for line in until] == ["weekday"]
    right = tmp_path / "right.txt"
    right.write_text(VENN, "utf-8")
    result = cli("check", right, "--strict")
    assert (result.code, result.out) == (0, "")
    assert "nothing found; looked for names spelled in two ways" in result.err


def test_a_text_in_another_language_is_said_not_to_be_checked(cli: Cli, tmp_path: Path) -> None:
    german = tmp_path / "brief.txt"
    german.write_text("Am Montag, 4. Mai 1871, fuhr er in die Stadt, und es regnete.\n", "utf-8")
    result = cli("check", german, "--strict")
    assert (result.code, result.out) == (0, "")
    assert NOT_ENGLISH in result.err
    assert "nothing found" not in result.err


def test_what_is_no_manuscript(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "empty.txt").write_bytes(b"")
    for arguments, code in (
        (["check"], 2),
        (["check", "nothing"], 1),
        (["check", tmp_path / "empty.txt"], 1),
    ):
        result = cli(*arguments)
        assert result.code == code
        assert "Traceback" not in result.err
