"""What contradicts earlier chapters is found with both places, and right text is left alone."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from infinidoc.checking.claims import claims
from infinidoc.checking.consistency import findings
from infinidoc.checking.finding import SOLID, Finding
from infinidoc.checking.names import sound
from infinidoc.checking.narration import Narration
from infinidoc.checking.people import People, person
from infinidoc.text.edit_distance import distance
from infinidoc.text.page_sentences import Sentence, sentences
from tests.conftest import Outcome

Cli = Callable[..., Outcome]
PLACE_KEYS = {"page", "label", "path", "line", "text"}
VENN = "Isolde Venn wound the clock. The clock was as old as Isolde Venn herself. "
TOLD = "She went down and was gone. He stood there and looked at the sea. It was cold. "
TELLS = "She goes down and is gone. He stands there and looks at the sea. It is cold. "


def pages(*texts: str) -> list[dict[str, Any]]:
    """One page, and one chapter, per text."""
    rows, at = [], 0
    for number, text in enumerate(texts, 1):
        row: dict[str, Any] = {"number": number, "label": None, "path": None, "line": 1}
        row |= {"chapter": 1, "title": f"Chapter {number}", "text": f"{text}\n", "start": at}
        at += len(text) + 1
        rows.append({**row, "end": at})
    return rows


def found(*texts: str) -> list[Finding]:
    return findings(sentences(pages(*texts)))


def solid(*texts: str) -> list[str]:
    return [finding.kind for finding in found(*texts) if finding.confidence >= SOLID]


@pytest.mark.parametrize(
    ("kind", "first", "second"),
    [
        ("age", "Isolde Venn was nineteen that spring.", "Isolde Venn was seventeen years old."),
        ("age", "Isolde, who was thirty, smiled.", "Isolde had just turned twenty-one."),
        ("age", "The 31-year-old Orme sat down.", "At twenty-eight, Orme was a tall man."),
        ("eyes", "Isolde had green eyes.", "Isolde's eyes were brown."),
        ("eyes", "Rook was a lean man with blue eyes.", "Then Rook's large black eyes moved."),
        ("eyes", "Isolde Venn, whose eyes were green, sang.", "The blue-eyed Isolde sang."),
        ("hair", "Rook had long black hair.", "The wind took Rook's thick red hair."),
        ("birthplace", "Rook was born in Kirkwall.", "Rook was a native of Dublin."),
        ("birth year", "Rook, who was born in 1804, sang.", "Rook was born in May in 1811."),
        ("kin", "Rook was Isolde's brother.", "Rook was the uncle of Isolde."),
        ("kin", "Isolde had a brother called Rook.", "Isolde's cousin, Rook, sat there."),
        ("kin", "Aldous Venn, the father of Isolde, sat.", "Isolde's father, Cassius Orme, sat."),
        ("spelling", "The colour was gone.", "There was no color left."),
        ("spelling", "He travelled by night.", "They traveled by day."),
        ("spelling", "They organized it.", "It was organised by them."),
    ],
)
def test_contradictions_are_found_with_both_places(kind: str, first: str, second: str) -> None:
    texts = (f"It rained. {first}", "Nothing came of it.", f"It was cold. {second}")
    (finding,) = [finding for finding in found(*texts) if finding.kind == kind]
    assert finding.confidence >= SOLID
    assert (finding.first.text, finding.first.page) == (first, 1)
    assert (finding.second.text, finding.second.page) == (second, 3)
    assert (finding.first.title, finding.second.title) == ("Chapter 1", "Chapter 3")
    assert solid(texts[0], texts[1], texts[0]) == []


@pytest.mark.parametrize(
    "texts",
    [
        ("Isolde was nineteen.", "Seven years later Isolde was twenty-six years old."),
        ("Isolde was seven when it began.", "Isolde was nineteen that spring."),
        ("Isolde was nineteen.", "Isolde had been seven years old when it began."),
        ("Isolde had green eyes.", "Isolde looked at Rook, and his brown eyes were wet."),
        ("Isolde had blue eyes.", "Isolde's eyes were grey."),
        ("Rook's hair was black.", "Rook's hair was white."),
        ("Rook had dark hair.", "Rook's brown hair was wet."),
        ("Rook was tired of a girl with blue eyes.", "Rook was a man with black eyes."),
        ("Mr. Venn had blue eyes.", "Mrs. Venn had brown eyes."),
        ("Jane Venn was ten years old.", "Isolde Venn was nine years old."),
        ("Rook was Isolde's brother.", "Isolde was Rook's sister."),
        ("Orme was the son of Isolde.", "Isolde, the mother of Orme, sang."),
        ("Rook was the brother of Isolde.", "Rook was the brother-in-law of Isolde."),
        ("Rook lived in Dublin.", "Rook lived in Kirkwall."),
        ("They met on Thursday, 4 May 1871.", "On Monday, 4 May 1701, it rained."),
        ("The advice was good.", "They advise the wise to exercise and to prize it."),
        ("The metre was long.", "The meter was read, otherwise nothing."),
        ("", "\n\n#", "?!"),
    ],
)
def test_what_may_well_be_is_left_alone(texts: tuple[str, ...]) -> None:
    assert solid(*texts) == []


@pytest.mark.parametrize("slip", ["Rooke", "Roook", "Rook"])
def test_a_name_that_is_spelled_in_two_ways(slip: str) -> None:
    text = "Then Tobias Rook laughed. They saw Tobias Rook. Nobody saw Tobias Rook again. " * 4
    kinds = solid(text, f"That night Tobias {slip} came.")
    assert kinds == ([] if slip == "Rook" else ["name"])


def test_alike_names_of_two_persons_are_two() -> None:
    both = "Then Harris laughed. They saw Harris. Then Harriet laughed. They saw Harriet. " * 3
    assert solid(both) == []
    assert solid("They saw Catherine. Then Catherine sang. " * 6 + "They saw Katherine.") == [
        "name"
    ]
    assert solid("They saw Catherine. Then Catherine sang to Katherine. " * 6) == []
    assert solid("They saw Venns and the Venn house. They saw Venn. The Venn. A Venn. Venn.") == []
    assert solid("They saw Mary and then Mary. With Mary. To Mary. For Mary. Of Marie.") == []
    assert sound("Katherine") == sound("Catherine") != sound("Catarina")


def test_a_rank_that_comes_and_goes() -> None:
    captain, colonel = "They met Captain Venn. ", "They met Colonel Venn. "
    assert solid(captain, captain, colonel, captain) == ["title"]
    assert solid(captain, captain, colonel, colonel) == []  # promoted


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


def test_a_chapter_in_another_tense() -> None:
    told, tells = TOLD * 8, TELLS * 8
    (finding,) = found(told, told, tells, told, told)
    assert (finding.kind, finding.first.page, finding.second.page) == ("tense", 1, 3)
    assert "Chapter 3 is not told in the past tense" in finding.about
    assert found(told, tells, told, tells) == []  # two voices by design
    spoken = f'{TOLD * 8} "{TELLS * 20}" he said.'
    assert found(told, told, spoken, told) == []


def test_speech_is_not_narration() -> None:
    text = "It was \"cold,\" he said. “She is,” he said. It's late. 'Come!' he said. The end.\n"
    narration = Narration()
    told = [narration.read(sentence) for sentence in sentences(pages(text))]
    assert [" ".join(words.split()) for words in told] == [
        "It was he said.",
        "he said.",
        "It's late.",
        "he said.",
        "The end.",
    ]


def test_names_of_one_person() -> None:
    people = People()
    for name in ("Isolde Venn", "Aldous Venn", "Isolde", "Mrs Venn", "Captain Aldous Venn"):
        people.read(f"{name} and her hat: she took her hat.", [name])
    assert people.same("Isolde", "Isolde Venn")
    assert people.same("Aldous Venn", "Captain Aldous Venn")
    assert not people.same("Isolde Venn", "Aldous Venn")
    assert not people.same("Mrs Venn", "Aldous Venn")
    assert people.sex("Isolde") == people.sex("Mrs Venn") == "she"
    assert person("But Isolde") == "Isolde"
    assert person("The") is person("Captain") is None


def test_a_claim_by_pronoun_needs_one_who_fits() -> None:
    lady = "Isolde put down her hat. Isolde said that she was cold. Isolde took her coat. "
    assert solid(lady + "Isolde had green eyes.", "Isolde raised her brown eyes.") == ["eyes"]
    assert solid("Isolde had green eyes.", "Isolde raised her brown eyes.") == []
    assert found(lady + "Isolde had green eyes.", "Isolde met his brown eyes.") == []


def test_memory_grows_with_persons_not_with_length() -> None:
    from infinidoc.checking.facts import Facts

    facts = Facts()
    for sentence in sentences(
        pages("Isolde had green eyes. Isolde was nineteen years old. " * 300)
    ):
        facts.read(sentence, sentence.text)
    assert sum(len(kept) for kept in facts._claims.values()) <= 4


def test_claims_are_worth_less_in_speech() -> None:
    text = '"Isolde has green eyes," he said.'
    sentence = Sentence(text, 0, len(text), 1, None, None, 1, None, True, True)
    (said,) = claims(sentence, Narration().read(sentence), ["Isolde"])
    (told,) = claims(sentence, text, ["Isolde"])
    assert said.worth < told.worth
    assert said.value == "green"


def test_distances_of_spellings() -> None:
    pairs = [("rook", "rooke"), ("rook", "rok"), ("rook", "orok"), ("rook", "rooks"), ("a", "abcd")]
    assert [distance(a, b, 2) for a, b in pairs] == [1, 1, 1, 1, 3]


# -- the command ---------------------------------------------------------------------------


@pytest.fixture
def novel(tmp_path: Path) -> Path:
    path = tmp_path / "novel.md"
    first = "# Chapter 1\n\nIsolde Venn had green eyes. They sailed on Monday, 4 May 1871.\n\n"
    path.write_text(first + "# Chapter 2\n\nIsolde's eyes were brown.\n", "utf-8")
    return path


def test_a_manuscript_is_read_once_and_checked(cli: Cli, novel: Path) -> None:
    result = cli("check", novel, "--json")
    assert result.code == 0
    weekday, eyes = [json.loads(line) for line in result.out.splitlines()]
    assert [weekday["kind"], eyes["kind"]] == ["weekday", "eyes"]
    assert set(eyes["first"]) >= PLACE_KEYS
    assert (eyes["first"]["page"], eyes["first"]["line"]) == (1, 3)
    assert (eyes["second"]["page"], eyes["second"]["text"]) == (2, "Isolde's eyes were brown.")
    assert eyes["confidence"] >= SOLID
    assert len(cli("list").out.splitlines()) == 1
    assert cli("check", "novel", "--json", "-m", "no-such-model").out == result.out
    assert cli("check", novel, "--json", "-m", "no-such-model").out == result.out


def test_what_a_person_sees(cli: Cli, novel: Path) -> None:
    out = cli("check", novel).out
    assert "weekday: 4 May 1871 was a Thursday, not a Monday  (95% sure)" in out
    assert "  Chapter 1, page 1, line 3: Isolde Venn had green eyes.\n" in out
    assert "  Chapter 2, page 2, line 7: Isolde's eyes were brown.\n" in out


def test_strict_and_until(cli: Cli, novel: Path, tmp_path: Path) -> None:
    assert cli("check", novel, "--strict").code == 5
    until = cli("check", "novel", "--until", "Chapter 1", "--json").out.splitlines()
    assert [json.loads(line)["kind"] for line in until] == ["weekday"]
    right = tmp_path / "right.txt"
    right.write_text(VENN, "utf-8")
    result = cli("check", right, "--strict")
    assert (result.code, result.out) == (0, "")
    assert "nothing found" in result.err


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
