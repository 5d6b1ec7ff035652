"""The kinds of questions: what the classifier makes of wordings, and the options that need none."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import infinidoc
from infinidoc.benchmarks.kinds import EACH, report
from infinidoc.benchmarks.wordings import PARTS, wordings
from infinidoc.library import Library
from infinidoc.questions.question_kinds import kind_of
from infinidoc.questions.wording import best_span, load, tokens_of


def test_wordings_are_many_and_of_other_templates() -> None:
    known = {part: wordings(part) for part in PARTS}
    assert sum(len(known[part].filled(EACH[part])) for part in PARTS) >= 1500
    lines = {part: {line for _, line in known[part].templates} for part in PARTS}
    assert not lines["heldout"] & (lines["training"] | lines["development"])
    kinds = {kind for kind, _ in known["heldout"].templates}
    assert kinds == set(load().kinds) == {kind for kind, _ in known["training"].templates}


def test_kinds_are_told_on_wordings_that_nothing_was_chosen_by() -> None:
    measured = report(wordings("heldout").filled(EACH["heldout"]), shown=0)
    assert measured.macro_f1 > 0.93
    assert measured.plain_taken <= 0.03


def test_a_wording_is_cut_into_words() -> None:
    text = "Where is `a b` or \"the sea\" in Rook's std::move() of Mr. O'Brien?"
    words = [match[0] for match in tokens_of(text)]
    assert words == [
        "Where", "is", "`a b`", "or", '"the sea"', "in", "Rook", "'s", "std::move()", "of", "Mr",
        ".", "O'Brien", "?",
    ]  # fmt: skip
    assert [match[0] for match in tokens_of("本は何?")] == ["本", "は", "何", "?"]
    assert best_span([-1.0, 2.0, -0.5, 1.0, -3.0, 1.0]) == (1, 4)
    assert best_span([-1.0, -2.0]) is None


@pytest.mark.parametrize("word", "name page line times text author chapter use end people".split())
@pytest.mark.parametrize(
    ("question", "name"),
    [
        ("How many times is {} mentioned?", "count"),
        ("How often does the word {} appear?", "count"),
        ("Where is {} first mentioned?", "first"),
        ("Who calls {}?", "used"),
    ],
)
def test_a_word_of_the_wordings_may_be_what_is_asked_about(
    question: str, name: str, word: str
) -> None:
    kind = kind_of(question.format(word), code=name == "used")
    assert kind is not None
    assert (kind.name, kind.subject) == (name, word)


@pytest.mark.parametrize("question", ["", "?!", "¿?", "How does this differ from other methods?"])
def test_nothing_to_compare_or_count_is_an_ordinary_question(question: str) -> None:
    assert kind_of(question) is None


@pytest.mark.parametrize(
    ("question", "name", "subject"),
    [
        ("What's the number of chapters?", "count", "chapters"),
        ("How many times does the author mention Rook?", "count", "Rook"),
        ("Give me a list of all islands in the text", "list", "islands"),
        ("Where do we first meet Tobias Rook?", "first", "Tobias Rook"),
    ],
)
def test_plain_wordings_are_recognised(question: str, name: str, subject: str) -> None:
    kind = kind_of(question)
    assert kind is not None
    assert (kind.name, kind.subject) == (name, subject)


# -- options that need no wording ----------------------------------------------------------


@pytest.fixture
def database(tmp_path: Path, tiny_model: Path) -> Path:
    text = "".join(
        f"# Chapter {n}\n\nThe old lamp burnt.\n\nThen Rook saw {n} lamps. He had the key.\n\n"
        for n in range(1, 4)
    )
    (tmp_path / "tale.md").write_text(text)
    with infinidoc.open(tmp_path / "library.db", model=str(tiny_model)) as library:
        library.ingest(tmp_path / "tale.md")
    return tmp_path / "library.db"


@pytest.mark.parametrize(
    ("arguments", "kind", "answer"),
    [
        (["--count", "lamp"], "count", "6 times, on pages 1, 2 and 3 (all 3 pages were searched)."),
        (["--count", "chapters"], "count", '"Chapter" 3.'),
        (["--list", "chapters"], "list", "Chapter 1 [page 1"),
        (["--list", "What lamps were seen?"], "list", "old lamp [page 1"),
        (["--first", "the key"], "first", "Page 1, line 5: He had the key."),
        (["--last", "Where is Rook last mentioned?"], "last", "line 17: Then Rook saw 3 lamps."),
        (["--compare", "lamp", "the key"], "compare", "Lamp:\n  "),
        (["--list", "names"], "who", "Rook, 3 times"),
    ],
)
def test_options_do_what_they_say(
    cli: Any, database: Path, arguments: list[str], kind: str, answer: str
) -> None:
    done = cli("ask", *arguments, "-d", database, "--json", "--doc", "tale")
    assert done.code == 0, done.err
    assert done.json["kind"] == kind
    assert answer in done.json["answer"]
    assert done.json["examined"]["pages"] >= 1


def test_an_option_needs_no_wording_and_finds_nothing_that_is_not_there(
    cli: Any, database: Path
) -> None:
    done = cli("ask", "--count", "unicorn", "-d", database, "--strict")
    assert (done.code, done.out.splitlines()[0]) == (5, "Not in this document.")
    assert "all 3 pages were searched" in done.err
    plain = cli("ask", "--first", "Why did Rook see it?", "-d", database, "--json")
    assert plain.json["kind"] == "first"


@pytest.mark.parametrize(
    "arguments",
    [
        ["--count", "lamp", "How?"],
        ["--count", "lamp", "--first", "lamp"],
        ["--compare", "lamp", "key", "--list"],
        ["--compare", "lamp", "key", "--questions", "-"],
        ["--count", " "],
        ["--first"],
        ["--last", "lamp", "--mode", "memory"],
    ],
)
def test_options_that_exclude_each_other_are_refused(
    cli: Any, database: Path, arguments: list[str]
) -> None:
    assert cli("ask", *arguments, "-d", database).code == 2


def test_a_kind_may_be_given_to_the_library(database: Path, tiny_model: Path) -> None:
    from infinidoc.questions import explicit

    with Library(database, model=str(tiny_model)) as library:
        answer = library.stream_ask("lamps", sweep=explicit.first_or_last("last", "lamps")).result()
    assert answer.found
    assert answer.kind == "last"
    assert answer.as_dict()["evidence"][0]["page"] == 3
