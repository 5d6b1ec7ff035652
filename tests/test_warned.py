"""Warnings are told in short to a person: once a file and kind, long lists by their first."""

from __future__ import annotations

from infinidoc.cli.warned import shown

KEY = "this looks like a private key"


def test_what_differs_in_its_line_is_told_once_a_file() -> None:
    warnings = [f"a.ts, line {n}: {KEY}" for n in range(10, 18)]
    assert shown([*warnings, f"b.ts, line 3: {KEY}", "c.ai: a scan"]) == [
        f"a.ts, lines 10, 11, 12, 13, 14 and 3 more: {KEY}",
        f"b.ts, line 3: {KEY}",
        "c.ai: a scan",
    ]


def test_of_many_files_the_first_are_named() -> None:
    names = [f"f{n}.bin" for n in range(7)]
    assert shown([f"left out 7 binary files: {', '.join(names)}"]) == [
        "left out 7 binary files: f0.bin, f1.bin, f2.bin, f3.bin, f4.bin and 2 more "
        "(--json names them)"
    ]
    assert shown(["left out 60 empty files: a, b, c, d, e, f and 54 more"]) == [
        "left out 60 empty files: a, b, c, d, e and 55 more (--json names them)"
    ]
    assert shown(["left out 2 lock files: a.lock, b.lock"]) == [
        "left out 2 lock files: a.lock, b.lock"
    ]
    assert shown(["left out 9 hidden files and folders"]) == ["left out 9 hidden files and folders"]
