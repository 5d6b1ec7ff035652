"""The command line: data on stdout, all else on stderr, and the contract's exit codes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from infinidoc.cli.reading import _bytes
from tests import tiny
from tests.conftest import Outcome

Cli = Callable[..., Outcome]
INGEST_KEYS = """
    document id source kind pages characters tokens tokens_read segments snapshots
    memory_bytes seconds tokens_per_second device model status warnings
""".split()
SHOW_KEYS = """
    document id source kind pages tokens segments memory_bytes memory_sha256 model adapter
    status created updated
""".split()


@pytest.fixture
def tale(tmp_path: Path) -> Path:
    path = tmp_path / "tale.txt"
    path.write_text("The captain hid the map.\n\n" + tiny.text(60), "utf-8")
    return path


def test_the_whole_line(cli: Cli, tale: Path, tmp_path: Path) -> None:
    result = cli("ingest", tale, "--json")
    assert result.code == 0
    assert set(INGEST_KEYS) <= set(result.json)
    assert result.json["tokens_read"] == result.json["tokens"]
    assert cli("ingest", tale, "--json").json["status"] == "unchanged"

    asked = cli("ask", "Who hid the map?", "--json").json
    assert "captain hid the map" in asked["evidence"][0]["text"]
    shown = cli("show", "tale", "--json").json
    assert set(SHOW_KEYS) <= set(shown)
    assert shown["snapshots"] == []
    (listed,) = cli("list", "--json").out.splitlines()
    assert set(json.loads(listed)) == set(SHOW_KEYS)
    summary = cli("summarize", "--length", "short", "--json").json
    assert summary["document"] == "tale"

    more = tmp_path / "more.txt"
    more.write_text("And then it was found.\n")
    assert cli("append", "tale", more, "--json").json["status"] == "appended"
    assert cli("show", "tale", "--json").json["tokens"] > shown["tokens"]

    assert cli("verify").out == "1 document, nothing is wrong\n"
    assert cli("rm", "tale").code == 0
    assert cli("list").err.startswith("the library is empty")


def test_what_a_person_sees(cli: Cli, tale: Path) -> None:
    assert cli("ingest", tale).out.startswith("tale: ingested, 1 page, ")
    answer = cli("ask", "Who hid the map?").out
    assert "passages:" in answer
    assert "[1] page 1, line 1: The captain hid the map." in answer
    assert "[page 1]" in cli("summarize", "--length", "short").out
    assert "tale: text, 1 page," in cli("list").out
    assert "memory_sha256:" in cli("show", "tale").out


def test_quiet_says_nothing_but_data(cli: Cli, tale: Path) -> None:
    result = cli("ingest", tale, "-q")
    assert (result.out, result.err) == ("", "")


def test_a_pipe_is_a_document_of_its_own(cli: Cli) -> None:
    log = b"12:01 started\n12:02 the pump failed first\n12:03 the valve failed\n"
    result = cli("ask", "What failed first?", "--json", stdin=log)
    assert result.code == 0
    assert result.json["documents"][0].startswith("stdin-")
    assert "pump failed first" in result.json["evidence"][0]["text"]
    again = cli("ask", "What started?", "--json", stdin=log)
    assert again.json["documents"] == result.json["documents"]
    assert len(cli("list").out.splitlines()) == 1


def test_ingesting_stdin(cli: Cli) -> None:
    result = cli("ingest", "-", "--name", "log", "--json", stdin=b"one line\n")
    assert (result.json["document"], result.json["source"]) == ("log", "-")


def test_many_questions(cli: Cli, tale: Path, tmp_path: Path) -> None:
    cli("ingest", tale)
    questions = tmp_path / "questions"
    questions.write_text('Who hid the map?\n\n{"question": "What island?"}\n')
    lines = cli("ask", "--questions", questions, "--json").out.splitlines()
    asked = [json.loads(line)["question"] for line in lines]
    assert asked == ["Who hid the map?", "What island?"]
    piped = cli("ask", "--questions", "-", "--json", stdin=b"Who?\n")
    assert piped.json["question"] == "Who?"


def test_a_folder_and_its_lines(cli: Cli, tmp_path: Path) -> None:
    repo = tmp_path / "repo"
    repo.mkdir()
    (repo / "main.py").write_text("import os\n\n\ndef launch_rocket():\n    return 42\n")
    (repo / "data.bin").write_bytes(b"\0\0")
    result = cli("ingest", repo, "--json")
    assert result.json["kind"] == "code"
    assert "left out 1 binary files: data.bin" in result.json["warnings"]
    evidence = cli("ask", "launch_rocket", "--json").json["evidence"]
    assert evidence[0]["path"] == "main.py"


def test_export_and_import_to_another_home(
    cli: Cli, tale: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cli("ingest", tale)
    before = cli("show", "tale", "--json").json
    assert cli("export", "tale", tmp_path / "tale.infinidoc").code == 0
    monkeypatch.setenv("INFINIDOC_HOME", str(tmp_path / "elsewhere"))
    assert cli("import", tmp_path / "tale.infinidoc").code == 0
    assert cli("show", "tale", "--json").json["memory_sha256"] == before["memory_sha256"]
    assert cli("ask", "Who hid the map?", "--json").json["evidence"]


def test_a_memory_without_its_text(
    cli: Cli, tale: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cli("ingest", tale)
    before, exported = cli("show", "tale", "--json").json, tmp_path / "bare.infinidoc"
    said = cli("export", "tale", exported, "--no-text")
    assert (said.code, "not anonymous" in said.err) == (0, True)
    words = {word for word in tale.read_text("utf-8").split() if len(word) > 6}
    assert not [word for word in words if word.encode() in exported.read_bytes()]
    monkeypatch.setenv("INFINIDOC_HOME", str(tmp_path / "elsewhere"))
    assert cli("import", exported).code == 0
    shown = cli("show", "tale", "--json").json
    assert (shown["status"], shown["source"]) == ("memory", tale.name)
    for key in ("memory_sha256", "pages", "tokens"):
        assert shown[key] == before[key]
    assert "without its text" in cli("list").out
    assert cli("verify").code == 0
    asked = cli("ask", "Who hid the map?", "--mode", "memory", "--json")
    assert asked.code in (0, 5)
    assert (asked.json["evidence"], asked.json["citations"]) == ([], [])
    bare = "tale is kept without its text: there is no page to check the answer by"
    assert asked.json["notes"][0] == bare  # what is random may also come to no end
    for command in (("ask", "Who hid the map?"), ("summarize",), ("check", "tale"), ("report",)):
        refused = cli(*command)
        assert (refused.code, "without its text" in refused.err) == (4, True), command
    assert cli("append", "tale", tale).code == 1
    assert cli("ingest", tale, "--json").json["status"] == "ingested"


def test_several_paths_and_one_that_fails(cli: Cli, tale: Path) -> None:
    result = cli("ingest", tale, "missing.txt")
    assert result.code == 3
    assert "missing.txt: no such file" in result.err
    assert cli("show", "tale").code == 0


def test_strict_and_not_found(cli: Cli, tale: Path) -> None:
    cli("ingest", tale)
    asked = ("ask", "xylophone?", "--mode", "evidence")
    assert cli(*asked).code == 0
    result = cli(*asked, "--strict", "--json")
    assert (result.code, result.json["found"]) == (5, False)


def test_memory_made_by_another_model(
    cli: Cli, tale: Path, tiny_model: Path, tmp_path: Path
) -> None:
    import shutil

    cli("ingest", tale)
    other = shutil.copytree(tiny_model, tmp_path / "other-model")
    result = cli("ask", "Who?", "--mode", "memory", "--model", other)
    assert result.code == 4
    assert "model is tiny, not other-model" in result.err
    asked = cli("ask", "Who?", "--model", other)
    assert asked.code == 0
    assert "only its text is used" in asked.err


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["ask", "Who?"], 1, "empty"),
        (["ask", ""], 2, "empty"),
        (["ask"], 2, "QUESTION"),
        (["ask", "Who?", "--mode", "guess"], 2, "mode"),
        (["ingest", "missing.pdf"], 1, "no such file"),
        (["ingest"], 2, "Missing argument"),
        (["ingest", "x", "y", "--name", "z"], 2, "--name"),
        (["show", "nothing"], 1, "no such document"),
        (["append", "nothing", "x"], 1, "no such document"),
        (["summarize", "--length", "epic"], 2, "length"),
        (["import", "missing"], 1, "no such file"),
        (["models", "rm", "nothing"], 1, "no such model"),
        (["ingest", "missing", "--max-size", "huge"], 2, "no size"),
        (["ingest", "missing", "--max-size", "-5"], 2, "no size"),
        (["ingest", ""], 2, "a path is empty"),
        (["ingest", "", "missing", "--together"], 2, "a path is empty"),
        (["ingest", "", "--each"], 2, "a path is empty"),
        (["ingest", "missing", "--name", " "], 2, "the name is empty"),
        (["frobnicate"], 2, "No such command"),
    ],
)
def test_what_makes_no_sense(
    cli: Cli, tale: Path, arguments: list[str], code: int, words: str
) -> None:
    if arguments[0] == "summarize" or arguments[-1] in ("", "guess"):
        cli("ingest", tale)
    result = cli(*arguments)
    assert result.code == code
    assert words in result.err
    assert "Traceback" not in result.err


def test_bad_documents_each_get_one_line(cli: Cli, tale: Path, tmp_path: Path) -> None:
    import pymupdf

    (tmp_path / "zero.txt").write_bytes(b"")
    (tmp_path / "bare").mkdir()
    (tmp_path / "noise.bin").write_bytes(b"\0" * 5000)
    (tmp_path / "cut.pdf").write_bytes(b"%PDF-1.7\n1 0 obj")
    scan = pymupdf.open()
    scan.new_page()
    scan.save(tmp_path / "scan.pdf")
    locked = pymupdf.open()
    locked.new_page().insert_text((72, 72), "secret words")
    locked.save(tmp_path / "locked.pdf", encryption=pymupdf.PDF_ENCRYPT_AES_256, user_pw="x")
    for name in ("zero.txt", "bare", "noise.bin", "cut.pdf", "scan.pdf", "locked.pdf"):
        result = cli("ingest", tmp_path / name)
        assert result.code == 1, name
        assert result.err.startswith("infinidoc: "), name
        assert len(result.err.splitlines()) == 1, result.err
        assert name in result.err
        assert "secret words" not in result.err
    assert [json.loads(line)["status"] for line in cli("list", "--json").out.splitlines()] == []


def test_invalid_utf8_is_read_and_said(cli: Cli, tmp_path: Path) -> None:
    path = tmp_path / "mixed.txt"
    path.write_bytes("naïve café ".encode() * 40 + b"\xff end\n")
    result = cli("ingest", path)
    assert result.code == 0
    assert "note: 1 bytes are no utf-8 text and were replaced" in result.err


def test_pages_without_text_make_it_partial(cli: Cli, tmp_path: Path) -> None:
    import pymupdf

    document = pymupdf.open()
    document.new_page().insert_text((72, 72), "words")
    document.new_page()
    document.save(tmp_path / "half.pdf")
    result = cli("ingest", tmp_path / "half.pdf", "--json")
    assert (result.code, result.json["status"]) == (3, "partial")
    assert any("page 2" in warning for warning in result.json["warnings"])


def test_libraries_that_are_none(cli: Cli, tmp_path: Path) -> None:
    bad = tmp_path / "bad.db"
    bad.write_text("a letter to a friend, not a database at all\n" * 50)
    result = cli("list", "-d", bad)
    assert result.code == 1
    assert "not an infinidoc library" in result.err
    assert cli("list", "-d", tmp_path).code == 1


def test_no_network_and_nothing_cached(
    cli: Cli, tale: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("INFINIDOC_MODEL")
    result = cli("ingest", tale, "--offline")
    assert result.code == 6
    assert "models pull" in result.err
    assert cli("models", "path").code == 6


def test_an_interrupt_is_130_and_keeps_what_was_read(
    cli: Cli, tale: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from infinidoc import stream

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(stream, "read_block", interrupt)
        result = cli("ingest", tale)
    assert result.code == 130
    assert cli("ask", "Who?").code == 1
    assert cli("ingest", tale, "--json").json["status"] == "resumed"


def test_sizes() -> None:
    assert [_bytes(text) for text in ("500", "2k", "1.5M", "1GB")] == [
        500,
        2048,
        1572864,
        1073741824,
    ]


@pytest.mark.parametrize("arguments", [["--help"], ["list"], ["path"], ["show", "x"]])
def test_housekeeping_imports_nothing_heavy(arguments: list[str], home: Path) -> None:
    code = (
        "import sys; from infinidoc.__main__ import main; sys.argv = ['infinidoc', *sys.argv[1:]]\n"
        "try: main()\nexcept SystemExit: pass\n"
        "print([m for m in ('torch', 'transformers', 'pymupdf', 'gguf') if m in sys.modules])"
    )
    environment = {**os.environ, "INFINIDOC_HOME": str(home)}
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, env=environment
    )
    assert done.stdout.splitlines()[-1] == "[]"


def test_importing_the_package_imports_no_torch() -> None:
    code = "import sys, infinidoc; infinidoc.open; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout == "False\n"
