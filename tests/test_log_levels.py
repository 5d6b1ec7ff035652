"""What failed first in a log, counted and listed by the levels it writes; other texts are read."""

from __future__ import annotations

from pathlib import Path

import pytest

import infinidoc
from infinidoc.library import Library
from infinidoc.logs.lines_asked import kind_of_log
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


def read(lines: list[str], model: Path, folder: Path) -> Library:
    """A library that has read a log of these lines."""
    library = infinidoc.open(folder / "library.db", model=str(model))
    (folder / "boat.log").write_text("\n".join(lines) + "\n")
    library.ingest(folder / "boat.log")
    return library


@pytest.fixture
def library(tiny_model: Path, tmp_path: Path) -> Library:
    return read(LINES, tiny_model, tmp_path)


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


def ingested(library: Library, path: Path, lines: list[str]) -> None:
    """A log of these lines, read into the library."""
    path.write_text("\n".join(lines) + "\n")
    library.ingest(path, name=path.stem)


@pytest.mark.parametrize("question", ["How many errors are there in the log?", "How many errors?"])
def test_errors_are_counted_and_listed(library: Library, question: str) -> None:
    counted = library.ask(question)
    assert counted["answer"].startswith("3 lines of level error or worse, on lines 3, 5 and 6")
    assert counted["confidence"] == 1.0
    listed = library.ask("List all the warnings")
    assert listed["answer"].startswith("2026-03-02 04:12:07 WARN boat: the pump is slow [")


def test_what_is_of_no_level_is_not_there(library: Library, tmp_path: Path) -> None:
    ingested(library, tmp_path / "calm.log", [LINES[0], LINES[6], LINES[0]])
    result = library.ask("What failed first?", documents=["calm"])
    assert (result["found"], result["answer"]) == (False, "Not in this document.")


def test_only_a_log_is_asked_so() -> None:
    assert kind_of("What failed first?") is None
    assert kind_of("What failed first?", log=True) is not None
    assert kind_of("Why did the pump fail first?", log=True) is None


def test_without_an_error_it_is_the_first_warning(library: Library, tmp_path: Path) -> None:
    ingested(library, tmp_path / "slow.log", [*LINES[:2], LINES[6], LINES[1]])
    result = library.ask("What failed first?", documents=["slow"])
    assert result["answer"].startswith(LINES[1].replace("  ", " "))
    assert (
        "no line of level error or worse; the first of 2 lines of level warning" in result["answer"]
    )
    counted = library.ask("How many errors are there?", documents=["slow"])
    assert counted["answer"].startswith("No line of level error or worse (")
    assert (counted["found"], counted["confidence"]) == (True, 1.0)


UNLEVELLED = [
    "Mar  2 04:11:58 boat pumpd[7]: started",
    "Mar  2 04:12:07 boat pumpd[7]: authentication failure; user=cook",
    "Mar  2 04:13:09 boat pumpd[7]: warning: little water",
    "Mar  2 04:13:10 boat pumpd[8]: Failed to open the valve",
    "Mar  2 04:14:02 boat kernel: fatal: no memory",
    "Mar  2 04:15:02 boat pumpd[7]: the valve is open",
]


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("What failed first?", f"{UNLEVELLED[1]} [page 1, line 2] (the first of 3 lines with"),
        ("What was the last error?", f"{UNLEVELLED[4]} [page 1, line 5] (the last of 3 lines with"),
        (
            "When did the first warning occur?",
            f"{UNLEVELLED[2]} [page 1, line 3] (the only line with",
        ),
        ("How many errors are there?", '3 lines with "error", "fail" or "fatal", on lines'),
        ("How many errors between 01:00 and 01:10?", 'No line with "error", "fail" or "fatal"'),
    ],
)
def test_a_log_without_levels_is_told_by_its_words(
    library: Library, tmp_path: Path, question: str, expected: str
) -> None:
    ingested(library, tmp_path / "syslog", UNLEVELLED)
    result = library.ask(question, documents=["syslog"])
    assert result["answer"].startswith(" ".join(expected.split()))
    assert result["confidence"] == 0.5


SERVED = [
    f'10.0.0.{n} - - [04/Mar/2026:07:0{n}:11 +0000] "{request} HTTP/1.1" {status} {size} "-"'
    for n, (request, status, size) in enumerate(
        [
            ("GET /", 200, 502),
            ("GET /health", 200, 15),
            ("POST /login", 401, 210),
            ("GET /reports", 502, 15),
            ("GET /health", 200, 404),
            ("POST /orders", 500, 15),
        ],
        1,
    )
]


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("What failed first?", f"{SERVED[3]} [page 1, line 4] (the first of 2 lines with a status"),
        ("What failed last?", f"{SERVED[5]} [page 1, line 6] (the last of 2 lines with a status"),
        ("How many errors are there?", "2 lines with a status of 500 or more, on lines 4 and 6"),
        ("How many warnings?", "1 line with a status from 400 to 499, on line 3"),
        ("How many errors after 07:05?", "1 line with a status of 500 or more after 07:05, on"),
        ("How many POST requests are there?", '2 lines with "POST", on lines 3 and 6'),
        ("How many requests came from 10.0.0.4?", '1 line with "10.0.0.4", on line 4'),
        ("How many times is /health requested?", '2 lines with "/health", on lines 2 and 5'),
        (
            "How many errors did 10.0.0.6 get?",
            '1 line with a status of 500 or more with "10.0.0.6"',
        ),
        ("How many requests got 503?", "Not in this document."),
    ],
)
def test_a_web_server_tells_by_its_status(
    library: Library, tmp_path: Path, question: str, answer: str
) -> None:
    ingested(library, tmp_path / "access.log", SERVED)
    assert library.ask(question, documents=["access"])["answer"].startswith(answer)


def test_when_a_log_begins_is_no_failure() -> None:
    assert kind_of_log("When does the log begin?", code=False) is None
    assert kind_of_log("Which service went down first?", code=False) is not None


def test_lines_of_a_log_are_counted_by_words(library: Library) -> None:
    answer = library.ask("How many pump lines are there?")["answer"]
    assert answer.startswith('3 lines with "pump", on lines 2, 3 and 4')
