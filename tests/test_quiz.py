"""A document asks its reader: valid questions, fair grades, and a memory of what was wrong."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from infinidoc.store import Store
from infinidoc.store.replies import replies
from infinidoc.studying import schedule
from infinidoc.studying.cloze import BLANK
from infinidoc.studying.grading import NEARLY, RIGHT, SKIPPED, WRONG
from infinidoc.studying.quiz import Quiz
from tests.conftest import Outcome
from tests.port import PORT, fill

Cli = Callable[..., Outcome]


@pytest.fixture
def port(tmp_path: Path) -> Path:
    path = tmp_path / "port.md"
    path.write_text(PORT, "utf-8")
    return path


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Time stands still; call it to let days go by."""
    at = [datetime(2030, 1, 1, tzinfo=UTC)]
    monkeypatch.setattr(schedule, "now", lambda: at[0])

    def pass_days(days: float) -> None:
        at[0] += timedelta(days=days)

    return pass_days


# -- repeating --------------------------------------------------------------------------------


def test_boxes_rise_and_fall() -> None:
    log = [{"question": "q", "asked": "2030-01-01T00:00:00+00:00"}]
    boxes = []
    for result in (RIGHT, NEARLY, RIGHT, SKIPPED, RIGHT, RIGHT, RIGHT, WRONG):
        log[-1]["grade"] = result
        (card,) = schedule.cards(log)
        boxes.append(card.box)
        log.append(dict(log[-1]))
    assert boxes == [2, 2, 3, 3, 4, 5, 5, 1]
    assert (card.asked, card.right, card.was_wrong) == (7, 5, True)


def test_what_was_wrong_comes_first_and_what_is_known_comes_rarely(
    clock: Callable[[float], None],
) -> None:
    with Store(None) as store:
        document = fill(store)
        first = Quiz(store, document, count=3, seed=1)
        known, wrong, skipped = list(first)
        first.reply(known, known["answer"])
        first.reply(wrong, "no idea")
        first.reply(skipped, "")
        assert first.score == {RIGHT: 1, NEARLY: 0, WRONG: 1, SKIPPED: 1}
        again = [question["question"] for question in Quiz(store, document, count=4)]
        assert again[:2] == [wrong["question"], skipped["question"]]
        assert known["question"] not in again
        only = Quiz(store, document, wrong=True)
        assert [question["question"] for question in only] == [wrong["question"]]
        clock(1.01)
        again = [question["question"] for question in Quiz(store, document, count=3)]
        assert again == [q["question"] for q in (wrong, skipped, known)]
        only.reply(wrong, wrong["answer"])
        assert list(Quiz(store, document, wrong=True)) == []


def test_a_round_of_nothing_says_when_the_next_is_due(clock: Callable[[float], None]) -> None:
    with Store(None) as store:
        document = fill(store, "The toll at Eastmere was nineteen pence in those days.\n")
        for _ in range(2):
            quiz = Quiz(store, document)
            for question in quiz:
                quiz.reply(question, question["answer"])
        later = Quiz(store, document)
        assert list(later) == []
        assert later.next_due == datetime(2030, 1, 2, tzinfo=UTC)


def test_replies_go_with_their_document_and_are_not_exported(tmp_path: Path) -> None:
    from infinidoc.store.portable import export_document

    with Store(tmp_path / "library.db") as store:
        document = fill(store)
        quiz = Quiz(store, document, count=1)
        quiz.reply(next(iter(quiz)), "a private thought")
        (kept,) = replies(store, document["id"])
        assert kept["given"] == "a private thought"
        export_document(store, document["id"], tmp_path / "port.infinidoc")
        assert b"private thought" not in (tmp_path / "port.infinidoc").read_bytes()
        store.remove(document["id"])
        assert replies(store, document["id"]) == []


# -- the command ------------------------------------------------------------------------------


def test_a_round_with_replies_on_stdin(cli: Cli, port: Path) -> None:
    cli("ingest", port)
    asked = cli("quiz", "--json", "--seed", "1", "--count", "3").out.splitlines()
    answers = [json.loads(line)["answer"] for line in asked]
    assert len(answers) == 3
    stdin = f"{answers[0]}\n\nperhaps\n".encode()
    result = cli("quiz", "--json", "--seed", "1", "--count", "3", stdin=stdin)
    lines = [json.loads(line) for line in result.out.splitlines()]
    assert [line["grade"] for line in lines] == [RIGHT, SKIPPED, WRONG]
    assert lines[2]["given"] == "perhaps"
    assert result.err == "1 of 3 right, 1 wrong, 1 skipped\n"
    (wrong,) = cli("quiz", "--wrong", "--json").out.splitlines()
    assert json.loads(wrong)["question"] == lines[2]["question"]
    listed = [json.loads(line) for line in cli("quiz", "--list", "--json").out.splitlines()]
    assert [card["box"] for card in listed] == [1, 1, 2]
    assert "box 1, due now, right 0 of 1, page 3, line" in cli("quiz", "--list").out


def test_cards_for_anki(cli: Cli, port: Path, tmp_path: Path) -> None:
    cli("ingest", port)
    file = tmp_path / "cards.txt"
    assert "4 cards written to" in cli("quiz", "--count", "4", "--anki", file).out
    lines = file.read_text("utf-8").splitlines()
    assert lines[:3] == ["#separator:tab", "#html:false", "#columns:Front\tBack\tSource"]
    cards = [line.split("\t") for line in lines[3:]]
    assert len(cards) == 4
    for front, back, source in cards:
        assert BLANK in front
        assert back in PORT
        assert source.startswith("port, ")
    again = cli("quiz", "--anki", file)
    assert (again.code, "file exists" in again.err) == (1, True)


def test_what_a_person_sees(cli: Cli, port: Path) -> None:
    cli("ingest", port)
    (first, *_) = cli("quiz", "--json", "--seed", "3").out.splitlines()
    answer = json.loads(first)["answer"]
    result = cli("quiz", "--seed", "3", stdin=f"{answer}\nnonsense\n".encode())
    assert result.code == 0
    assert f"right: {answer}  [page 1, line " in result.out
    assert "wrong; right is: " in result.out
    assert result.out.endswith("1 of 2 right, 1 wrong\n")
    assert cli("quiz").out.endswith("nothing answered\n")


@pytest.mark.parametrize("json", [[], ["--json"]])
def test_a_command_is_never_graded(cli: Cli, port: Path, json: list[str]) -> None:
    cli("ingest", port)
    result = cli("quiz", *json, stdin=b"/help\nnonsense\n/hlep\n/quit\n")
    assert "Enter skips the question" in result.err
    assert "no such command: /hlep" in result.err
    assert "0 of 1 right, 1 wrong\n" in result.out + result.err
    assert len(cli("quiz", "--list", "--json").out.splitlines()) == 1


def test_an_interrupted_round_keeps_its_score(
    cli: Cli, port: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from infinidoc.cli import studying

    lines = ["no"]

    def interrupted() -> str:
        if not lines:
            raise KeyboardInterrupt
        return lines.pop()

    cli("ingest", port)
    monkeypatch.setattr(studying, "_line", interrupted)
    result = cli("quiz")
    assert result.code == 130
    assert result.out.endswith("\n0 of 1 right, 1 wrong\n")


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["--count", "0"], 2, "no round of 0 questions"),
        (["--doc", "nothing"], 1, "no such document"),
        (["--doc", "a", "--doc", "b"], 2, "one document at a time"),
        (["--until", "99"], 1, "no such page"),
    ],
)
def test_what_makes_no_sense(
    cli: Cli, port: Path, arguments: list[str], code: int, words: str
) -> None:
    cli("ingest", port)
    result = cli("quiz", *arguments)
    assert (result.code, words in result.err) == (code, True)


def test_texts_and_replies_that_are_none(cli: Cli, port: Path, tmp_path: Path) -> None:
    assert cli("quiz").code == 1
    log = tmp_path / "log.txt"
    log.write_text("12:01 started\n12:02 failed\n")
    cli("ingest", log)
    result = cli("quiz")
    assert (result.code, "no sentence" in result.err) == (1, True)
    cli("ingest", port)
    result = cli("quiz", stdin=b"\xff\xfe\n")
    assert (result.code, "UTF-8" in result.err) == (1, True)


def test_a_round_in_a_terminal(cli: Cli, port: Path, home: Path) -> None:
    pexpect = pytest.importorskip("pexpect")
    if not hasattr(pexpect, "spawn"):
        pytest.skip("this system has no pseudo-terminals")
    cli("ingest", port)
    environment = {**os.environ, "INFINIDOC_HOME": str(home), "TERM": "dumb", "COLUMNS": "100"}
    arguments = ["-m", "infinidoc", "quiz", "--seed", "1", "--count", "4"]

    def start() -> Any:
        return pexpect.spawn(
            sys.executable,
            arguments,
            env=environment,
            encoding="utf-8",
            timeout=60,
            preexec_fn=partial(signal.signal, signal.SIGINT, signal.default_int_handler),
        )  # tests that run in the background would have it deaf to Ctrl-C

    terminal = start()
    terminal.expect("1\\. .*\r\n> ")
    terminal.sendline("xylophone")
    terminal.expect("wrong; right is: .*page 1, line")
    terminal.expect("2\\. .*\r\n> ")
    terminal.sendline("")
    terminal.expect("skipped; right is: ")
    terminal.expect("3\\. .*\r\n> ")
    terminal.sendeof()
    terminal.expect("0 of 2 right, 1 wrong, 1 skipped")
    terminal.expect(pexpect.EOF)
    terminal.close()
    assert terminal.exitstatus == 0
    terminal = start()
    terminal.expect("1\\. .*\r\n> ")
    terminal.sendintr()
    terminal.expect("nothing answered")
    terminal.expect(pexpect.EOF)
    terminal.close()
    assert terminal.exitstatus == 130


def test_a_round_loads_no_model(cli: Cli, port: Path, home: Path) -> None:
    cli("ingest", port)
    code = (
        "import sys; from infinidoc.__main__ import main; sys.argv = ['infinidoc', 'quiz', '-q']\n"
        "try: main()\nexcept SystemExit: pass\n"
        "print([m for m in ('torch', 'transformers', 'pymupdf') if m in sys.modules])"
    )
    environment = {**os.environ, "INFINIDOC_HOME": str(home)}
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, input="x\n")
    assert done.stdout.splitlines()[-1] == "[]"
