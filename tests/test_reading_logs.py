"""Logs are what a terminal would show."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from infinidoc.control import plain
from tests.sources import read, text_of, write


@pytest.mark.parametrize("at", ["before", "between", "inside"])
def test_nul_bytes_are_left_out_and_counted(tmp_path: Path, at: str) -> None:
    lines = ["10:00:01 Pumpe läuft über den großen Fluß\n", "10:00:07 valve B7 jammed\n"]
    data = [line.encode() for line in lines]
    gap = b"\0" * (200_000 if at == "before" else 300)
    made = {
        "before": gap + b"".join(data),
        "between": gap.join(data),
        "inside": data[0][:9] + gap + data[0][9:] + data[1],
    }
    source, pages = read(write(tmp_path / "pump.log", made[at]))
    assert pages[0].text == "".join(lines)
    assert f"{len(gap)} NUL bytes were left out" in source.warnings


@pytest.mark.parametrize(
    ("written", "seen"),
    [
        ("\x1b[31mERROR\x1b[0m pump", "ERROR pump"),
        ("\x1b[1;38;5;208mE\x1b[mRROR", "ERROR"),
        ("\x1b]0;title\x07pump", "pump"),
        ("\x1b]8;;http://a.b\x1b\\link\x1b]8;;\x1b\\ end", "link end"),
        ("\x1b]52;c;aGVsbG8=\x07pump", "pump"),
        ("\x1bPq#0;2;0\x1b\\pump \x1b_app\x1b\\", "pump "),
        ("\x1b(Bpump\x1b[m\x0f \x1b=x\x1b7y\x1bcz", "pump xyz"),
        ("\x9b31mERROR\x9b0m", "ERROR"),
        ("\x1b]0;never closed, so its words stay", "0;never closed, so its words stay"),
        ("\x1b[2J\x1b[H\x1b[?25lclear\x1b[K", "clear"),
        ("N\bNA\bAM\bME\bE _\bx", "NAME x"),
        ("lone \x1b", "lone "),
        ("top\x1b[2;1Hsecond\x1b[10Cright", "top second right"),
        ("\x1b[3;1Htop \x1b[A\x1b[31m next\x1b[1G", "top  next"),
        ("a\x1b[K\x1b[1Gb\x1b[31mc", "a bc"),
        ("cut off \x1b[3", "cut off "),
        ("cut off \x1b[1;3", "cut off "),
        ("wrong\b\b\b\b\bright", "right"),
        ("Größe\u2028\u0085\u200f\ttab", "Größe\u2028\u0085\u200f\ttab"),
    ],
)
def test_escape_sequences_are_no_text(tmp_path: Path, written: str, seen: str) -> None:
    assert plain(written) == seen
    if "\u2028" not in seen:
        path = write(tmp_path / "a.log", f"one\n{written}\nthree {written}\n")
        assert text_of(path) == f"one\n{seen}\nthree {seen}\n"


@pytest.mark.parametrize("name", ["a.log", "a.log.1", "syslog", "a.txt", "a.py"])
def test_escape_sequences_written_out_are_no_text_of_a_log(tmp_path: Path, name: str) -> None:
    lines = ["^[[31mERROR^[[0m", "#033[1;31mERROR#033[m", r"\x1b[31mERROR\033[0m", "^[a-z] [x]"]
    seen = "ERROR\nERROR\nERROR\n^[a-z] [x]\n"
    written = "\n".join(lines) + "\n"
    path = write(tmp_path / name, written)
    assert text_of(path) == (written if name in ("a.txt", "a.py") else seen)


def test_colours_in_8_bits_are_no_text(tmp_path: Path) -> None:
    data = b"\x9b31mERROR\x9b0m one\n\x9b1;31mcaf\xe9\x9b0m and \x8bcr\xe8me\x9b\n"
    assert text_of(write(tmp_path / "a.log", data)) == "ERROR one\ncafé and ‹crème›\n"


def test_escape_sequences_in_json_are_no_text(tmp_path: Path) -> None:
    row = json.dumps({"level": "\x1b[31mERROR\x1b[0m"})
    assert text_of(write(tmp_path / "a.jsonl", f"{row}\n")) == "level: ERROR\n"
