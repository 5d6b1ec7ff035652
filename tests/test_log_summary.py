"""A log is summarized by its messages: each once, with how often, where, and how grave."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from infinidoc.library import Library
from infinidoc.logs.line_levels import LineLevels
from infinidoc.logs.messages import MOST, LogMessages, said_by
from infinidoc.logs.severity import Severity
from infinidoc.store import Store
from tests.test_summaries import fill, store, summarize

__all__ = ["store"]  # a fixture

LINES = [f"2026-03-02 04:{n:02}:00 INFO  backup: volume {n} is done" for n in range(40)]
LINES[7] = "2026-03-02 04:07:00 WARN  disk: the sector count rose to 12"
LINES[9] = "2026-03-02 04:09:00 ERROR storage: the write to sdc4 timed out"
LINES[20:22] = [
    "2026-03-02 04:20:00 ERROR storage: the write to sdb1 timed out",
    "    at Storage.write (storage.js:12)",
]
LINES[30] = "2026-03-02 04:30:00 FATAL main: no volume is left"
LOG = "\n".join(LINES) + "\n"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (LINES[9], LINES[20]),
        ("Mar  2 04:13:09 sshd[913]: left 10.0.0.7", "Apr 12 11:01:59 sshd[7]: left 10.0.0.99"),
        ('{"ts": 17.2, "msg": "job a1 done"}', '{"ts": 18.9, "msg": "job b22 done"}'),
    ],
)  # fmt: skip
def test_lines_that_say_the_same_are_one_message(one: str, other: str) -> None:
    assert said_by(one) == said_by(other)


@pytest.mark.parametrize(
    "other", [LINES[7], "2026-03-02 04:09:00 ERROR storage: the read of sdc4 timed out"]
)
def test_others_are_not(other: str) -> None:
    assert said_by(LINES[9]) != said_by(other)


def page(text: str) -> dict[str, Any]:
    return {"number": 1, "label": None, "path": None, "line": 1, "start": 0, "text": text}


def test_of_a_log_that_never_says_the_same_only_so_much_is_held() -> None:
    letters = "abcdefghijklmnopqrstuvwxyz"
    words = (f"{a}{b}{c}{d}" for a in letters for b in letters for c in letters for d in "xyz")
    lines = [f"2026-03-02 04:00:00 INFO {word}" for word in words]
    levels = LineLevels.learned(lines[:200])
    assert levels is not None
    messages = LogMessages([page("\n".join(lines))], levels)
    assert len(messages) <= MOST + len(Severity)
    assert messages.lines == len(lines) > MOST


def test_a_log_is_told_by_its_messages(store: Store) -> None:
    document = fill(store, [("", LOG)], "text")
    sections = summarize(store, document)["sections"]
    assert [section["title"] for section in sections] == [
        "All lines",
        "Errors",
        "Warnings",
        "Other messages",
    ]
    told = [[row["text"] for row in section["sentences"]] for section in sections]
    assert told == [
        ["39 lines from 2026-03-02 04:00:00 to 2026-03-02 04:39:00: 3 of level error or worse, "
         "1 of level warning."],
        ["2026-03-02 04:09:00 ERROR storage: the write to sdc4 timed out (2 such lines, the last "
         "on page 1, line 21)", LINES[30]],
        [LINES[7].replace("  ", " ")],
        ["2026-03-02 04:00:00 INFO backup: volume 0 is done (35 such lines, the last on page 1, "
         "line 40)"],
    ]  # fmt: skip
    places = [row["line"] for section in sections for row in section["sentences"]]
    assert places == [1, 10, 31, 8, 1]


def test_of_few_places_those_said_most_often(store: Store) -> None:
    more = [f"2026-03-02 05:00:00 ERROR net: {word}" for word in "lost late cold lost".split()]
    document = fill(store, [("", LOG + "\n".join(more))], "text")
    errors = summarize(store, document, length="short")["sections"][1]["sentences"]
    assert len(errors) == 3
    assert errors[0]["text"].startswith(LINES[9])
    assert "net: lost (2 such lines" in errors[2]["text"]
    assert errors[2]["text"].endswith("(and 2 other messages)")


def test_a_focus_chooses_messages(store: Store) -> None:
    document = fill(store, [("", LOG)], "text")
    sections = summarize(store, document, focus="sectors")["sections"]
    assert [section["title"] for section in sections] == ["All lines", "Warnings"]


def test_a_conversation_with_times_is_no_log(store: Store) -> None:
    said = "the tide rose|we left the harbour|nobody saw the lamp|the captain slept".split("|")
    text = "\n".join(f"[12:0{n}] Rook: I think {words}." for n, words in enumerate(said))
    sections = summarize(store, fill(store, [("", text)], "text"))["sections"]
    assert [section["title"] for section in sections] == [""]


def test_a_part_of_a_name_says_no_level(store: Store) -> None:
    names = (
        "libc6 git libgpg-error-dev curl error.log nmap libfail2 make/error tar perl-Error".split()
    )
    lines = [f"2026-03-02 04:0{n}:00 status installed {name} 1.{n}" for n, name in enumerate(names)]
    document = fill(store, [("", "\n".join(lines))], "text")
    sections = summarize(store, document)["sections"]
    assert "Errors" not in [section["title"] for section in sections]


def test_lines_of_json_are_a_log_if_they_write_levels(tmp_path: Path, tiny_model: Path) -> None:
    levels = ["info"] * 8 + ["error", "warn"]
    lines = (
        {"ts": f"2026-05-02T12:0{n}:00Z", "level": level, "msg": f"the {level} of pod {n}"}
        for n, level in enumerate(levels)
    )
    (tmp_path / "pods.jsonl").write_text("\n".join(map(json.dumps, lines)))
    with Library(tmp_path / "library.db", model=str(tiny_model), offline=True) as library:
        library.ingest(tmp_path / "pods.jsonl", index_only=True)
        summary = library.summarize(length="short")["summary"]
    assert summary.startswith("10 lines")
    assert "1 of level error or worse, 1 of level warning." in summary
