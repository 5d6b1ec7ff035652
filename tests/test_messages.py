"""What a person is told beside the result: names, doubts, ways on."""

from __future__ import annotations

import io
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import infinidoc
from infinidoc.cli import chatting, display, doctor
from infinidoc.cli.answers import remarks
from infinidoc.errors import NotFound
from infinidoc.ingest import Progress
from infinidoc.weights.catalog import Speed
from tests import tiny
from tests.conftest import Outcome

Cli = Callable[..., Outcome]
ANSWER: dict[str, Any] = {
    "found": True,
    "confidence": 0.3,
    "withdrawn": None,
    "unknown": [],
    "notes": [],
    "citations": [],
    "runner_up": None,
}


@pytest.fixture
def tale(tmp_path: Path) -> Path:
    path = tmp_path / "tale.txt"
    path.write_text("The captain hid the map.\n\n" + tiny.text(60), "utf-8")
    return path


def test_the_second_chat_of_a_day_is_kept_under_the_name_it_says(
    tiny_model: Path, tmp_path: Path
) -> None:
    said = []
    with infinidoc.open(tmp_path / "library.db", model=str(tiny_model)) as library:
        for _ in range(2):
            with library.open_chat(alone=True) as chat:
                said.append(chat.name)
                assert chat.ask("Who?")["conversation"] == said[-1]
        assert {row["document"] for row in library.list()} == set(said)
    assert len(set(said)) == 2


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "not sure (30%): answers with such signs"),
        ({"unknown": ["Ahab"]}, "not sure (30%): the text never mentions Ahab"),
        ({"citations": [{"supported": False}]}, "not sure (30%): not all of this answer"),
        ({"runner_up": {"answer": "Isolde", "where": "page 3"}}, "it may be Isolde [page 3]"),
        ({"confidence": 0.8, "unknown": ["Ahab"]}, "the text never mentions Ahab"),
    ],
)
def test_an_unsure_answer_says_so_with_the_reason(changes: dict[str, Any], words: str) -> None:
    (said,) = remarks({**ANSWER, **changes})
    assert words in said


@pytest.mark.parametrize("changes", [{"confidence": 0.8}, {"confidence": None}, {"found": False}])
def test_nothing_is_said_of_the_others(changes: dict[str, Any]) -> None:
    assert list(remarks({**ANSWER, **changes})) == []


def test_a_chat_with_an_empty_library_says_so(cli: Cli) -> None:
    piped = cli("chat", "--questions", "-", stdin=b"Who?\nexit\nNever asked?\n")
    assert "no document to chat about" in piped.err
    assert "Never asked?" not in piped.out
    with pytest.raises(NotFound, match="ingest FILE"):
        chatting._refuse_empty(typed=True, quiet=False)


def test_the_latest_document_is_said_where_there_are_several(
    cli: Cli, tale: Path, tmp_path: Path
) -> None:
    cli("ingest", tale)
    assert "latest document" not in cli("ask", "Who hid the map?").err
    (tmp_path / "other.txt").write_text("The cook baked bread.\n", "utf-8")
    cli("ingest", tmp_path / "other.txt")
    assert "about other, the latest document" in cli("ask", "Who baked bread?").err
    assert "about other, the latest document" in cli("summarize").err
    assert "latest document" not in cli("ask", "Who baked bread?", "--doc", "other").err
    piped = cli("ask", "What failed?", stdin=b"12:02 the pump failed first\n").err
    assert "now the latest document; infinidoc rm stdin-" in piped


# -- errors and ends -----------------------------------------------------------------------


def test_rm_goes_on_past_an_unknown_name(cli: Cli, tale: Path) -> None:
    cli("ingest", tale)
    result = cli("rm", "nothing", "tale")
    assert (result.code, result.out) == (3, "tale: removed\n"), "done in part"
    assert "nothing: no such document" in result.err


@pytest.mark.parametrize(
    ("arguments", "code", "error"),
    [
        (["show", "nothing", "--json"], 1, "no such document"),
        (["--json", "frobnicate"], 2, "No such command 'frobnicate'."),
        (["ingest", "--json"], 2, "Missing argument"),
        (["list", "--json", "--frobnicate"], 2, "No such option: --frobnicate"),
    ],
)
def test_errors_are_json_where_json_is_wanted(
    cli: Cli, arguments: list[str], code: int, error: str
) -> None:
    result = cli(*arguments)
    told = json.loads(result.err)
    assert (result.code, result.out, told["exit_code"]) == (code, "", code)
    assert told["what"].startswith(error)


def test_an_interrupt_says_what_is_kept(
    cli: Cli, tale: Path, tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from infinidoc import stream

    real, read = stream.read_block, []

    def interrupted(*given: Any) -> Any:
        read.append(given)
        if len(read) > 2:
            raise KeyboardInterrupt
        return real(*given)

    monkeypatch.setattr("infinidoc.ingest.COMMIT_SECONDS", 0.0)
    monkeypatch.setattr("infinidoc.language.SEGMENTS_PER_BLOCK", 1)
    tale.write_text(tiny.text(2000), "utf-8")
    with monkeypatch.context() as patch:
        patch.setattr(stream, "read_block", interrupted)
        result = cli("ingest", tale)
    assert result.code == 130
    assert "tokens of tale are kept (the same command goes on from there)" in result.err
    assert "not read to its end" in cli("list").out
    fractions: list[float | None] = []
    with infinidoc.open(model=str(tiny_model)) as library:
        library.ingest(tale, watch=lambda progress: fractions.append(progress.fraction))
    assert fractions[0]  # the bar starts where the reading had come to


def test_an_interrupt_before_the_first_words(
    cli: Cli, tale: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("infinidoc.stream.read_block", interrupted)
    result = cli("ingest", tale)
    assert (result.code, "interrupted before any of it was kept" in result.err) == (130, True)


# -- options -------------------------------------------------------------------------------


def test_the_library_may_be_named_before_the_command(
    cli: Cli, tale: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INFINIDOC_DB", str(tmp_path / "of-the-environment.db"))
    other = tmp_path / "other.db"
    assert cli("-d", other, "ingest", tale).code == 0
    assert "tale" in cli("list", "-d", other).out
    assert cli("-d", other, "--json", "list").json["document"] == "tale"
    assert cli("-d", tmp_path / "none.db", "list", "-d", other).code == 0


@pytest.mark.parametrize(
    "arguments",
    [["list"], ["show", "x"], ["ask", "Who?"], ["verify"], ["append", "x", "y"], ["summarize"]],
)
def test_a_mistyped_library_is_not_made(cli: Cli, tmp_path: Path, arguments: list[str]) -> None:
    result = cli(*arguments, "-d", tmp_path / "none.db")
    assert result.code == 1
    assert "none.db: no such library" in result.err
    assert not list(tmp_path.glob("*.db*"))


def test_versions_as_json(cli: Cli) -> None:
    for arguments in (["--version", "--json"], ["--json", "--version"]):
        assert cli(*arguments).json["infinidoc"] == infinidoc.__version__
    assert cli("--version").out == f"infinidoc {infinidoc.__version__}\n"


def test_words_are_completed(cli: Cli, tale: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cli("ingest", tale)

    def completed(words: str) -> str:
        monkeypatch.setenv("_INFINIDOC_COMPLETE", "complete_bash")
        monkeypatch.setenv("COMP_WORDS", words)
        monkeypatch.setenv("COMP_CWORD", str(len(words.split(" ")) - 1))
        return cli().out

    assert completed("infinidoc ask --doc t") == "tale\n"
    assert completed("infinidoc show ") == "tale\n"
    assert completed("infinidoc ask --mode m") == "memory\n"
    assert completed("infinidoc summarize --length s") == "short\n"


# -- in a terminal -------------------------------------------------------------------------


def test_list_and_show_are_tables_in_a_terminal(
    cli: Cli, tale: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cli("ingest", tale)
    monkeypatch.setattr(display, "draws", lambda: True)
    listed, shown = cli("list").out, cli("show", "tale").out
    assert "document" in listed
    assert "tale" in listed
    assert "complete" in shown
    digest = cli("show", "tale", "--json").json["memory_sha256"]
    assert digest not in shown
    assert digest[:12] in shown


def test_a_sign_of_life_goes_when_something_is_said(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(display, "_is_terminal", lambda stream: True)
    display.wait("loading the model")
    assert capsys.readouterr().err == "loading the model … "
    display.say("done")
    out, err = capsys.readouterr()
    assert (out, err.strip()) == ("done\n", "")
    display.wait("loading the model", quiet=True)
    assert capsys.readouterr().err == ""


def test_doctor_before_the_model_is_fetched(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("INFINIDOC_MODEL")
    speed = Speed(products=1e11, traffic=1e10, wide_traffic=1e10)
    monkeypatch.setattr("infinidoc.weights.catalog.measure", lambda device: speed)
    result = cli("doctor", "--json")
    assert result.code == 0
    assert result.json["model"].startswith("not fetched yet")
    for words in ("0.14 billion", "on a GPU", "tokens/s", "taught to read", "Apache-2.0"):
        assert words in result.json["model_needs"]
    assert "free at" in result.json["library_disk"]
    assert result.json["gpu"]


@pytest.mark.skipif(sys.platform != "linux", reason="other systems know only names of letters")
def test_names_and_questions_in_another_encoding(cli: Cli, tmp_path: Path, tale: Path) -> None:
    old = tale.rename(tmp_path / os.fsdecode(b"caf\xe9.txt"))
    assert cli("ingest", old).code == 0
    assert cli("list", "--json").json["document"] == r"caf\udce9"
    for arguments in (["ask", os.fsdecode(b"Who hid the caf\xe9?")], ["ingest", f"{old}x"]):
        result = cli(*arguments)
        assert "Traceback" not in result.err
    assert "no such file" in result.err
    assert r"caf\udce9.txtx" in result.err


@pytest.mark.parametrize(
    ("files", "sockets", "said"),
    [
        (7, True, "kept from other files (Landlock 7), kept from sockets of any kind (seccomp)"),
        (0, True, "not kept from other files, kept from sockets of any kind (seccomp)"),
        (
            3,
            False,
            "kept from other files (Landlock 3), not kept from sockets of any kind (seccomp)",
        ),
        (0, False, "limits of time and memory only: this system has no Landlock and no seccomp"),
    ],
)
def test_what_readers_are_kept_from_is_said(
    monkeypatch: pytest.MonkeyPatch, files: int, sockets: bool, said: str
) -> None:
    monkeypatch.setattr("infinidoc.confinement.version", lambda: files)
    monkeypatch.setattr("infinidoc.seccomp.is_available", lambda: sockets)
    assert doctor._readers() == said


def test_what_is_imported_twice_is_there_once(cli: Cli, tale: Path, tmp_path: Path) -> None:
    cli("ingest", tale)
    cli("export", "tale", tmp_path / "tale.infinidoc")
    assert "tale: is there already" in cli("import", tmp_path / "tale.infinidoc").out
    assert cli("list", "--json").json["document"] == "tale"  # one line
    assert cli("ingest", tale, "--name", "other").code == 0


def test_lines_end_between_words(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(display, "_width", lambda stream: 20)
    text = "  [1] page 3: The Landlord keeps the roof in repair"
    display.tell(text)
    told = capsys.readouterr().out.rstrip("\n").split("\n")
    assert told == ["  [1] page 3: The", "  Landlord keeps the", "  roof in repair"]
    telling = display.StreamedText()
    for piece in ("The Land", "lord keeps", " the roof, ", "the outer walls and", " more\nor so"):
        telling(piece)
    telling.end()
    written = capsys.readouterr().out
    assert [line.rstrip() for line in written.rstrip("\n").split("\n")] == [
        "The Landlord keeps",
        "the roof, the outer",
        "walls and more",
        "or so",
    ]
    assert max(map(len, written.split("\n"))) <= 20
    monkeypatch.undo()
    display.tell(text)
    assert capsys.readouterr().out == f"{text}\n"


def test_where_no_memory_is_made_none_is_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(display, "PLAIN_SECONDS", 0.0)
    with display.Meter("log.txt", quiet=False) as meter:
        meter(Progress(2, 512, 0.5, 2_000_000, 250.0))
        meter(Progress(2, 512, 0.5, 0, 250.0))
    first, second = capsys.readouterr().err.splitlines()
    assert first.endswith("250 tokens/s, memory 2.0 MB")
    assert second.endswith("250 tokens/s")


@pytest.mark.parametrize(
    ("columns", "said"),
    [(45, ""), (70, "250 tokens/s"), (120, "2 pages, 512 tokens, 250 tokens/s, memory 2.0 MB")],
)
def test_a_bar_and_its_end_fit_in_any_terminal(
    monkeypatch: pytest.MonkeyPatch, columns: int, said: str
) -> None:
    from rich.console import Console

    monkeypatch.setattr(display, "draws_progress", lambda: True)
    monkeypatch.setenv("COLUMNS", str(columns))
    meter = display.Meter("the-annual-report-of-the-harbour-2026.pdf", quiet=False)
    with meter:
        for share, tokens in ((0.2, 256), (0.5, 512)):
            meter(Progress(2, tokens, share, 2_000_000, 250.0))
        drawn = Console(file=io.StringIO(), width=columns)
        drawn.print(meter.bar.get_renderable())
        (line,) = drawn.file.getvalue().splitlines()  # type: ignore[attr-defined]
    assert len(line) <= columns
    for part in ("━", "50.0%", "-:--:--", said):
        assert part in line
    assert "harbour" not in line
