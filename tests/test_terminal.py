"""Nothing of a document, a file's name or an error is obeyed by the terminal it is shown in."""

from __future__ import annotations

import ast
import json
from pathlib import Path
from typing import Any

import pytest
import typer
from rich.text import Text

import infinidoc
from infinidoc import control
from infinidoc.cli import display
from infinidoc.cli.app import app
from infinidoc.cli.running import run

CLIPBOARD = "\x1b]52;c;aGVsbG8=\x07"
CLEAR = "\x1b[2J\x1b[H"
OVERRIDE = "\u202egnp.exe\u202c"
ISOLATE = "\u2067abc\u2069"
HARMFUL = (CLIPBOARD, CLEAR, OVERRIDE, ISOLATE, "\x9b2J", "\x7f", "a\rb", "\u2028", "\b\b")
OBEYED = set(map(chr, [*range(9), *range(11, 32), *range(127, 160), 0x2028, 0x2029]))
OBEYED |= set(map(chr, [*range(0x202A, 0x202F), *range(0x2066, 0x206A)]))


@pytest.mark.parametrize("text", HARMFUL)
def test_what_is_shown_is_not_obeyed(capsys: pytest.CaptureFixture[str], text: str) -> None:
    display.say(f"one {text} two\n\tthree")
    display.say(text, end=False)
    display.say(text, err=True)
    display.note(f"note: {text}\nand")
    display.row(text)
    display.emit_json({"text": text, text: [text]})
    out, err = capsys.readouterr()
    assert not OBEYED & set(out + err)
    assert "one " in out
    assert "two\n\tthree\n" in out
    assert err.endswith("\\nand\n")
    assert json.loads(out.splitlines()[-1]) == {"text": text, text: [text]}


def test_other_scripts_are_shown_as_they_are() -> None:
    text = "שלום \u200fעולם، السلام \u200dक्ष 阀门 é e\u0301 🏳\ufe0f\u200d🌈\n\tß"
    assert control.shown(text) == text
    assert control.shown("a\r\nb") == "a\nb"
    assert json.loads(control.in_json(json.dumps(text, ensure_ascii=False))) == text


@pytest.mark.parametrize("text", [CLIPBOARD, CLEAR, OVERRIDE])
@pytest.mark.parametrize(
    "words",
    [
        ("ingest", "{}"),
        ("ask", "--mode", "{}", "why"),
        ("summarize", "--doc", "{}"),
        ("{}",),
        ("ask", "--{}", "x"),
        ("--{}",),
        ("show", "{}"),
        ("show", "{}", "--json"),
        ("export", "{}", "a"),
        ("ingest", "a", "--max-size", "{}"),
        ("models", "{}"),
        ("ask", "x", "--device", "{}"),
    ],
)
def test_errors_are_not_obeyed(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    words: tuple[str, ...],
    text: str,
) -> None:
    monkeypatch.setenv("INFINIDOC_DB", str(tmp_path / "library.db"))
    with pytest.raises(SystemExit) as ended:
        run([word.format(text) for word in words])
    assert ended.value.code
    shown = "".join(capsys.readouterr())
    assert "error" in shown.lower() or "infinidoc: " in shown
    assert not OBEYED & set(shown)


def test_names_of_files_are_not_obeyed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("INFINIDOC_DB", str(tmp_path / "library.db"))
    path = tmp_path / f"a{CLEAR}\nb.txt"
    path.write_bytes(b"\x7fELF\1\2\3\0\0")
    with pytest.raises(SystemExit, match="1"):
        run(["ingest", str(path)])
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert not OBEYED & set(err)


def test_a_narrow_terminal_does_without_some_columns(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    head, row = ("document", "kind", "changed", ""), ("tale", "markdown", "today", "")
    for width, shown in ((40, head[:3]), (20, ("document", "kind")), (14, ("document",))):
        monkeypatch.setenv("COLUMNS", str(width))
        display.table(head, [row], spare=("changed", "kind"))
        first, _, last = capsys.readouterr().out.rstrip().split("\n")
        assert first.split() == list(shown)
        assert last.split() == list(row[: len(shown)])


def test_everything_is_shown_in_one_place() -> None:
    """No command writes but through display.py; the benchmarks show figures only."""
    package = Path(infinidoc.__file__).parent
    for file in (package / "cli").glob("*.py"):
        if file.name == "display.py":
            continue
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Call):
                called = ast.unparse(node.func)
                assert called not in ("print", "typer.echo", "typer.secho"), file.name
                assert not called.endswith(("stdout.write", "stderr.write")), file.name


def test_no_word_of_a_help_text_is_taken_for_markup() -> None:
    """A word in brackets, such as the name of an extra, would not be shown."""
    waiting: list[Any] = [typer.main.get_command(app)]
    while waiting:
        command = waiting.pop()
        waiting += getattr(command, "commands", {}).values()
        texts = [command.help, command.epilog, *(getattr(p, "help", "") for p in command.params)]
        for text in filter(None, texts):
            assert Text.from_markup(text).plain == text
