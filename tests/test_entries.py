"""A question that names an option, a variable or a key is asked of what stands under its name."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

import infinidoc
from infinidoc.retrieval.entries import named_entries, names_in
from infinidoc.store import Store
from tests.test_summaries import fill, store

__all__ = ["store"]  # a fixture

MANUAL = """\
Contents
3.1. sort
3.2. sort_aux
3.3. tide_file

3.1. sort

Type: order
Default: by date

How the boats are sorted in the list. See also $sort_aux.

3.2. sort_aux

Type: order
Default: by name

What decides where $sort finds boats alike.

3.3. tide_file

Type: path

Where tides are read from.
"""
OPTIONS = """\
OPTIONS
-b, --bell=N
Ring the bell N times. It needs --lamp.

--lamp
Light the lamp first.

--lamp-oil <litres>
How much oil there is.
"""
TABLE = """\
     z    Zap a wand at a
          boat.
     Z    Cast a spell.
     b    Go by boat.
| -r  | read only |
| `x.y` | the mill |
"""


def told(store: Store, text: str, question: str) -> list[str]:
    document = fill(store, [("", text)], "text")
    return [
        text[entry.start : entry.end] for entry in named_entries(store, [document], question, {})
    ]


@pytest.mark.parametrize(
    ("question", "names"),
    [
        ("What does --lamp-oil do?", ["--lamp-oil"]),
        ("What is the default of $sort?", ["sort"]),
        ("Is a_b above `core.bare` or oneTwo?", ["a_b", "core.bare", "oneTwo"]),
        ("What does the command z do?", ["z"]),
        ("What does ~N match, or %s?", ["~N", "%s"]),
        ("Who is Mrs. Hale, a well-known captain, and why did I go?", ["well-known"]),
        ("What happened in May 1804?", []),
    ],
)
def test_what_is_written_as_no_word_is_a_name(question: str, names: list[str]) -> None:
    assert names_in(question) == names


@pytest.mark.parametrize(
    ("text", "question", "begins", "ends"),
    [
        (MANUAL, "What is the default of $sort?", "3.1. sort\n\nType", "See also $sort_aux."),
        (MANUAL, "What is sort_aux for?", "3.2. sort_aux\n\nType", "boats alike."),
        (MANUAL, "What does tide_file say?", "3.3. tide_file\n\nType", "read from."),
        (OPTIONS, "What does -b do?", "-b, --bell=N\nRing", "needs --lamp."),
        (OPTIONS, "What does --bell do?", "-b, --bell=N\nRing", "needs --lamp."),
        (OPTIONS, "What does --lamp do?", "--lamp\nLight", "first."),
        (OPTIONS, "What does --lamp-oil do?", "--lamp-oil <l", "there is."),
        (TABLE, "What does the command z do?", "     z    Zap", "boat."),
        (TABLE, "What does the command Z do?", "     Z    Cast", "spell."),
        (TABLE, "What does -r do?", "| -r", "only |"),
        (TABLE, "What is x.y?", "| `x.y`", "mill |"),
    ],
)
def test_an_entry_goes_as_far_as_the_next(
    store: Store, text: str, question: str, begins: str, ends: str
) -> None:
    (entry,) = told(store, text, question)
    assert entry.startswith(begins)
    assert entry.endswith(ends)
    assert len(entry) < 120


@pytest.mark.parametrize("question", ["What does --mill do?", "Who is B. Hale?", "Why?"])
def test_what_has_no_entry_is_asked_of_the_whole(store: Store, question: str) -> None:
    assert told(store, MANUAL + OPTIONS, question) == []


def test_an_entry_is_read_first_and_as_one(tiny_model: Path, tmp_path: Path) -> None:
    talk = "The sort of boats in the list is by date, and sort is what they talk of.\n\n" * 40
    (tmp_path / "manual.txt").write_text(talk + MANUAL + talk)
    with infinidoc.open(tmp_path / "library.db", model=str(tiny_model)) as library:
        library.ingest(tmp_path / "manual.txt", index_only=True)
        first, *others = library.passages("What is the default of $sort?")
        assert first.text.startswith("3.1. sort\n\nType: order\nDefault: by date")
        assert all(first.end <= one.start or one.end <= first.start for one in others)


def test_what_begins_many_lines_is_no_name(store: Store) -> None:
    log = "".join(f"E  Boat: {number} left the harbour\n" for number in range(40))
    assert told(store, log, "What does the command E do?") == []


@pytest.mark.parametrize(
    "line", ["-a, " * 50_000, "." * 200_000, "z" + " " * 200_000 + "x", "#" * 200_000]
)
def test_a_long_line_or_name_takes_no_time(store: Store, line: str) -> None:
    begun = time.process_time()
    told(store, line + "\n\nz\n", f"What does z do, or {'a_' * 50_000}-?")
    assert time.process_time() - begun < 2
