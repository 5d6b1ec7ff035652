"""What failed first in a log, counted and listed by the levels it writes; other texts are read."""

from __future__ import annotations

from pathlib import Path

import pytest

import infinidoc
from infinidoc.library import Library
from infinidoc.questions.question_kinds import kind_of

LINES = [
    "2026-03-02 04:11:58 INFO  boat: no error so far",
    "2026-03-02 04:12:07 WARN  boat: the pump is slow",
    "2026-03-02 04:13:09 ERROR pump: no water",
    "  at pump.run(pump.c:17): error",
    "2026-03-02 04:13:10 FATAL boat: sinking",
    "2026-03-02 04:13:40 ERROR crew: the radio failed",
    "2026-03-02 04:14:02 INFO  crew: the error is over",
]


@pytest.fixture
def library(tiny_model: Path, tmp_path: Path) -> Library:
    library = infinidoc.open(tmp_path / "library.db", model=str(tiny_model))
    (tmp_path / "boat.log").write_text("\n".join(LINES) + "\n")
    library.ingest(tmp_path / "boat.log")
    return library


@pytest.mark.parametrize(
    ("question", "line"),
    [
        ("What failed first?", 3),
        ("Which service went down first?", 3),
        ("What was the last error?", 6),
        ("When did the first warning occur?", 2),
        ("Show me the first fatal error.", 5),
    ],
)
def test_the_first_and_the_last_line_of_a_level(library: Library, question: str, line: int) -> None:
    result = library.ask(question)
    assert result["answer"].startswith(" ".join(LINES[line - 1].split()))
    assert result["evidence"][0]["line"] == line
    assert (result["found"], result["tokens_read"]) == (True, 0)


def test_errors_are_counted_and_listed(library: Library) -> None:
    counted = library.ask("How many errors are there in the log?")
    assert counted["answer"].startswith("3 lines of level error or worse, on lines 3, 5 and 6")
    assert counted["confidence"] == 1.0
    listed = library.ask("List all the warnings")
    assert listed["answer"].startswith("2026-03-02 04:12:07 WARN boat: the pump is slow [")


def test_what_is_of_no_level_is_not_there(library: Library, tmp_path: Path) -> None:
    (tmp_path / "calm.log").write_text("\n".join([LINES[0], LINES[6], LINES[0]]) + "\n")
    library.ingest(tmp_path / "calm.log")
    result = library.ask("What failed first?", documents=["calm"])
    assert (result["found"], result["answer"]) == (False, "Not in this document.")


def test_only_a_log_is_asked_so() -> None:
    assert kind_of("What failed first?") is None
    assert kind_of("What failed first?", log=True) is not None
    assert kind_of("Why did the pump fail first?", log=True) is None
