"""Questions that name a time, asked of a log: the lines of that time."""

from __future__ import annotations

from pathlib import Path

import pytest

from infinidoc.library import Library
from infinidoc.logs.time_range import LAST, TimeRange
from tests.test_log_levels import read

LINES = [
    "Mar  2 06:59:58 boat pumpd[7]: started",
    "Mar  2 07:02:07 boat pumpd[7]: authentication failure; user=cook",
    "Mar  2 07:02:59 boat pumpd[7]: warning: little water",
    "Mar  2 07:03:00 boat pumpd[8]: Failed to open the valve",
    "Mar  2 23:59:02 boat kernel: fatal: no memory",
    "Mar  3 00:00:30 boat kernel: restarted",
    "Mar  3 07:02:10 boat pumpd[7]: the valve is open",
]


LEVEL = '2 lines with "error", "fail" or "fatal" from 07:00 to 07:30, on lines 2 and 4'


@pytest.fixture
def library(tiny_model: Path, tmp_path: Path) -> Library:
    return read(LINES, tiny_model, tmp_path)


@pytest.mark.parametrize(
    ("question", "lines", "said"),
    [
        ("What happened at 07:02?", [2, 3, 7], "(3 lines at 07:02;"),
        ("What happened at 07:02:59?", [3], "(1 line at 07:02:59;"),
        ("What happened at 7:02 on March 3?", [7], "(1 line at 7:02;"),
        ("What happened between 23:30 and 01:00?", [5, 6], "(2 lines from 23:30 to 01:00;"),
        ("What did the valve do after 07:02?", [4], "(1 of 2 lines after 07:02;"),
    ],
)
def test_the_lines_of_a_time(library: Library, question: str, lines: list[int], said: str) -> None:
    result = library.ask(question)
    assert [each["line"] for each in result["evidence"]] == lines
    assert said in result["answer"]
    assert (result["kind"], result["found"]) == ("list", True)


@pytest.mark.parametrize(
    ("question", "begins"),
    [
        ("How many errors were there between 07:00 and 07:30?", LEVEL),
        ("How many errors between 07:00 and 07:30?", LEVEL),
        ("What failed first after 07:02?", "Mar 2 07:03:00"),
        ("What was the last error before 07:03?", "Mar 2 07:02:07"),
        ("What happened at 12:00?", "Not in this document."),
    ],
)
def test_lines_of_a_level_at_a_time(library: Library, question: str, begins: str) -> None:
    assert library.ask(question)["answer"].startswith(begins)


@pytest.mark.parametrize(
    ("question", "begin", "end"),
    [
        ("What happened at 3:15 pm?", 54900, 54959),
        ("What happened at 12:00 a.m.?", 0, 59),
        ("What happened since 10:30?", 37800, LAST),
        ("What happened after 10:30?", 37860, LAST),
        ("What happened before 10:30?", 0, 37799),
        ("What happened until 10:30:05?", 0, 37805),
        ("What happened from 09:00-09:30?", 32400, 34200),
    ],
)
def test_what_a_time_means(question: str, begin: int, end: int) -> None:
    time = TimeRange.named(question)
    assert time is not None
    assert (time.begin, time.end) == (begin, end)
    assert TimeRange.without(question) == "What happened?"


@pytest.mark.parametrize(
    "line",
    [
        "081109 203615 148 INFO dfs: terminating",
        "- 1117838570 2005.06.03 R02 2005-06-03-20.36.50.675872 RAS KERNEL INFO corrected",
        "[10.30 20:36:06] chrome.exe - open",
        "20171223-20:36:29:606|Step_LSC|30002312|onStandStepChanged 3579",
        "2015-07-29 20:36:44,747 - INFO [QuorumPeer] - Notification time out: 3200",
        '10.0.0.1 - - [29/Jul/2015:20:36:01 +0000] "GET / HTTP/1.1" 200',
    ],
)
def test_lines_as_logs_write_them(line: str) -> None:
    time = TimeRange.named("What happened at 20:36?")
    other = TimeRange.named("What happened at 20:37?")
    assert time is not None
    assert other is not None
    assert time.holds(line)
    assert not other.holds(line)


def test_a_text_that_is_no_log_is_asked_as_ever(library: Library, tmp_path: Path) -> None:
    tale = tmp_path / "tale.txt"
    tale.write_text("The train left at 07:02.\n" + "Isolde had slept too long, as ever.\n" * 3)
    library.ingest(tale)
    assert "kind" not in library.ask("What left at 07:02?", documents=["tale"])
    assert TimeRange.named("Is Matthew 5:3 cited?") is None
