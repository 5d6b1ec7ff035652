"""`serve`: the same answers with and without, and a way out of everything in between."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from infinidoc.serving import client, server
from infinidoc.serving import wire as wires
from infinidoc.serving.wire import Wire
from tests import tiny
from tests.conftest import Outcome

Cli = Callable[..., Outcome]
# A server without a model: what it is asked is Python, and it does that.
PLAIN = """
import sys, time
from infinidoc.serving.server import Commands, Server, listening
port, idle = sys.argv[1:]
with listening(None if port == "socket" else int(port)) as open_door:
    listener, token = open_door()
    commands = Commands(lambda words: words[1] != "another model", lambda words: exec(words[1]))
    Server(listener, token, commands).run(float(idle), lambda outcome, seconds: print(outcome))
"""
SLOW = "print(1, flush=True); [time.sleep(0.01) for _ in range(5000)]"
pytestmark = pytest.mark.skipif(os.name == "nt", reason="signals and terminals of Unix")


def start(*command: str, **options: Any) -> subprocess.Popen[str]:
    """A server process, once it listens."""
    process = subprocess.Popen(
        [sys.executable, *command],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        **options,
    )
    while wires.connect() is None:
        assert process.poll() is None, process.communicate()[0]
        time.sleep(0.02)
    return process


@contextmanager
def serving(*command: str) -> Iterator[subprocess.Popen[str]]:
    process = start(*command)
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        assert process.stdout
        process.stdout.close()


def plain(port: str = "socket", idle: str = "60") -> Any:
    return serving("-c", PLAIN, port, idle)


def ask(code: str, **options: Any) -> subprocess.CompletedProcess[str]:
    """A client's process that must be served."""
    return subprocess.run(
        [sys.executable, "-m", "infinidoc", "ask", code],
        capture_output=True,
        text=True,
        timeout=60,
        **options,
    )


# -- with the model -----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def warm(tmp_path_factory: pytest.TempPathFactory, tiny_model: Path) -> Iterator[Path]:
    """The home of a server that keeps the tiny model, with two documents in its library."""
    folder = tmp_path_factory.mktemp("warm")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("INFINIDOC_HOME", str(folder))
        patch.setenv("INFINIDOC_MODEL", str(tiny_model))
        import infinidoc

        with infinidoc.open(model=str(tiny_model)) as library:
            for name in ("tale", "other"):
                text = f"The captain of the {name} hid the map.\n\n" + tiny.text(80)
                (folder / f"{name}.txt").write_text(text, "utf-8")
                library.ingest(folder / f"{name}.txt")
        with serving("-m", "infinidoc", "serve"):
            yield folder


@pytest.fixture
def codes(monkeypatch: pytest.MonkeyPatch) -> list[int | None]:
    """What came of asking a server, each time."""
    seen: list[int | None] = []

    def watched(arguments: list[str]) -> int | None:
        seen.append(client.served(arguments))
        return seen[-1]

    monkeypatch.setattr("infinidoc.__main__.served", watched)
    return seen


def timeless(outcome: Outcome) -> tuple[int, Any, str]:
    """An outcome less what a clock has said."""
    lines: list[Any] = outcome.out.splitlines()
    if lines and lines[0].startswith("{"):
        lines = [json.loads(line) for line in lines]
        for line in lines:
            line.pop("seconds"), line.pop("first_token_seconds")
    return outcome.code, lines, outcome.err


@pytest.mark.parametrize(
    ("arguments", "stdin", "code"),
    [
        (["Who hid the map?"], None, 0),
        (["Who hid the map?", "--json"], None, 0),
        (["Who hid the map?", "--doc", "tale", "--json", "--until", "1"], None, 0),
        (["Who hid the map?", "--all", "--json"], None, 0),
        (["How often is the captain mentioned?", "--doc", "tale"], None, 0),
        (["Who hid the map?", "--mode", "memory", "-q"], None, 0),
        (["xylophone?", "--mode", "evidence", "--strict", "--json"], None, 5),
        (["--questions", "-", "--doc", "tale", "--json"], b"Who hid the map?\n\nWhat island?\n", 0),
        (["--questions", "questions.txt", "--doc", "tale"], None, 0),
        (["What failed?", "--json"], b"12:01 started\n12:02 the pump failed\n", 0),
        (["Who?", "--doc", "nothing"], None, 1),
        (["Who?", "--all", "--doc", "tale"], None, 2),
        (["Who?", "--mode", "guess"], None, 2),
        (["Who?", "-d", "another.db"], None, 1),
    ],
    ids=lambda value: " ".join(value[:4]) if isinstance(value, list) else "",
)
def test_the_same_with_and_without(
    cli: Cli, warm: Path, codes: list[int | None], monkeypatch: pytest.MonkeyPatch,
    arguments: list[str], stdin: bytes | None, code: int,
) -> None:  # fmt: skip
    monkeypatch.setenv("INFINIDOC_HOME", str(warm))
    monkeypatch.chdir(warm)
    Path("questions.txt").write_text("Who hid the map?\nWhat island?\n", "utf-8")
    served = cli("ask", *arguments, stdin=stdin)
    own = cli("ask", *arguments, "--no-serve", stdin=stdin)
    assert timeless(served) == timeless(own)
    assert codes == [code, None]


def test_words_that_make_no_sense_are_our_own_to_report(
    cli: Cli, warm: Path, codes: list[int | None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INFINIDOC_HOME", str(warm))
    assert "No such option" in cli("ask", "Who?", "--frobnicate").err
    assert codes == [None]


def test_another_model_device_or_adapter_is_not_the_servers(
    cli: Cli, warm: Path, codes: list[int | None], monkeypatch: pytest.MonkeyPatch,
    tiny_model: Path, tmp_path: Path,
) -> None:  # fmt: skip
    import shutil

    monkeypatch.setenv("INFINIDOC_HOME", str(warm))
    other = shutil.copytree(tiny_model, tmp_path / "other-model")
    assert cli("ask", "Who?", "--mode", "memory", "--model", other).code == 4
    assert cli("ask", "Who?", "--device", "cpu").code == 0
    monkeypatch.setenv("INFINIDOC_ADAPTER", "missing")
    assert "not an adapter" in cli("ask", "Who?").err
    assert codes == [None, None, None]


def test_a_second_server_says_that_there_is_one(
    cli: Cli, warm: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INFINIDOC_HOME", str(warm))
    second = cli("serve")
    assert (second.code, second.out) == (1, "")
    assert second.err.startswith("infinidoc: a server is running already")


def test_two_clients_at_once(warm: Path, monkeypatch: pytest.MonkeyPatch, tiny_model: Path) -> None:
    monkeypatch.setenv("INFINIDOC_HOME", str(warm))
    monkeypatch.setenv("INFINIDOC_MODEL", str(tiny_model))
    words = [sys.executable, "-m", "infinidoc", "ask", "--json", "--doc"]
    both = [
        subprocess.Popen([*words, name, f"Who hid the map of the {name}?"], stdout=subprocess.PIPE)
        for name in ("tale", "other") * 2
    ]
    answers = [json.loads(process.communicate(timeout=60)[0]) for process in both]
    assert [answer["documents"] for answer in answers] == [["tale"], ["other"]] * 2
    assert answers[0]["answer"] == answers[2]["answer"]
    for answer in answers:
        assert answer["documents"][0] in answer["evidence"][0]["text"]


# -- without -------------------------------------------------------------------------------------


@pytest.mark.parametrize("port", ["socket", "0"])
def test_streams_exit_codes_and_what_is_imported(port: str, home: Path) -> None:
    with plain(port):
        result = ask("import sys; print('ü out'); print('err', file=sys.stderr); sys.exit(5)")
        assert (result.returncode, result.stdout, result.stderr) == (5, "ü out\n", "err\n")
        code = "import sys; from infinidoc.__main__ import main\ntry: main()\nfinally: print("
        code += "{'torch', 'numpy', 'typer', 'sqlite_utils', 'transformers'} & set(sys.modules))"
        command = [sys.executable, "-c", code, "ask", "print('hello')"]
        assert subprocess.check_output(command, text=True) == "hello\nset()\n"
        (file,) = home.glob("serve.*")
        assert file.name == ("serve.sock" if port == "socket" else "serve.port")
        assert file.stat().st_mode & 0o777 == 0o600


def is_cut_off(wire: Wire, frame: tuple[bytes, bytes]) -> bool:
    """Whether the other end hangs up on who sends such frames."""
    try:
        for _ in range(64):  # what is in the air before it does
            wire.send(*frame)
        wire.receive(10)
    except ConnectionError:
        return True
    return False


def test_a_port_wants_the_token(home: Path) -> None:
    with plain("0"):
        place = json.loads((home / "serve.port").read_text("utf-8"))
        wire = Wire(socket.create_connection(("127.0.0.1", place["port"])))
        assert wires.meet(wire, "guess") is None  # a client knows a false server
        wire.send(wires.TOKEN, b"guess")
        assert is_cut_off(wire, (wires.REQUEST, json.dumps({"stop": True}).encode()))
        assert ask("print('still there')").stdout == "still there\n"


@pytest.mark.parametrize("kind", [wires.NONCE, wires.TOKEN, wires.REQUEST])
def test_a_stranger_is_not_listened_to_for_long(home: Path, kind: bytes) -> None:
    """Who has not proven anything sends small frames, and none before its turn."""
    with plain("0"):
        place = json.loads((home / "serve.port").read_text("utf-8"))
        wire = Wire(socket.create_connection(("127.0.0.1", place["port"])))
        if kind != wires.NONCE:
            wires.meet(wire, "guess")
        assert is_cut_off(wire, (kind, bytes(10 if kind == wires.REQUEST else wires.SMALL + 1)))
        assert ask("print('still there')").stdout == "still there\n"


def test_a_frame_is_whole_in_time_or_not_at_all() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        stop = threading.Event()

        def drip() -> None:
            while not stop.wait(0.05):
                theirs.send(b"N")

        thread = threading.Thread(target=drip)
        thread.start()
        began = time.monotonic()
        with pytest.raises(ConnectionError):
            Wire(ours).receive(0.3, 1 << 40)
        stop.set()
        thread.join()
    assert time.monotonic() - began < 5


def test_a_client_sets_what_commands_heed_and_nothing_else(home: Path) -> None:
    code = "import os; print(os.environ.get('PATH') == 'evil', os.environ.get('COLUMNS'))"
    with plain():
        reached = wires.connect()
        assert reached is not None
        wire, token = reached
        wires.meet(wire, token)
        wire.send(wires.TOKEN, token.encode())
        request = client._situation(["ask", code])
        request["environment"] = {"PATH": "evil", "LD_PRELOAD": "evil.so", "COLUMNS": 77}
        wire.send(wires.REQUEST, json.dumps(request).encode())
        assert wire.expect(wires.TAKEN, 30) == b""
        assert wire.expect(wires.OUT, 30) == b"False 77\n"


def test_the_server_stands_where_the_client_stands(home: Path, tmp_path: Path) -> None:
    code = "import os; print(os.getcwd(), os.environ.get('INFINIDOC_OFFLINE'))"
    with plain():
        environment = {**os.environ, "INFINIDOC_OFFLINE": "1"}
        result = ask(code, cwd=tmp_path, env=environment)
        assert result.stdout == f"{tmp_path} 1\n", result.stderr
        assert ask(code).stdout == f"{os.getcwd()} None\n"


def test_a_terminal_is_streamed_to(home: Path) -> None:
    import fcntl
    import pty
    import struct
    import termios

    environment = {k: v for k, v in os.environ.items() if k not in ("COLUMNS", "LINES")}
    code = "import os, sys; print(sys.stdout.isatty(), os.environ['COLUMNS'], sys.stdin.isatty())"
    terminal, child = pty.openpty()
    fcntl.ioctl(child, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 77, 0, 0))
    with plain():
        subprocess.run(
            [sys.executable, "-m", "infinidoc", "ask", code],
            env=environment, stdin=subprocess.DEVNULL, stdout=child, check=True,
        )  # fmt: skip
    assert os.read(terminal, 100) == b"True 77 False\r\n"
    os.close(terminal), os.close(child)


def test_stdin_is_read_only_if_it_is_asked_for(home: Path) -> None:
    with plain():
        reader, writer = os.pipe()
        os.write(writer, b"one\n")
        assert ask("print(1)", stdin=reader).stdout == "1\n"
        result = ask("import sys; print(sys.stdin.readline())", stdin=reader)
        assert result.stdout == "one\n\n"
        os.close(reader), os.close(writer)
        result = ask("import sys; print(len(sys.stdin.read()))", input="many\n" * 50_000)
        assert result.stdout == "250000\n", result.stderr


def test_ctrl_c_stops_the_answer_and_not_the_server(home: Path) -> None:
    with plain() as process:
        asking = subprocess.Popen(
            [sys.executable, "-m", "infinidoc", "ask", SLOW],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )  # fmt: skip  # what runs in the background ignores interrupts, and so do its children
        assert asking.stdout
        assert asking.stdout.readline() == "1\n"
        asking.send_signal(signal.SIGINT)
        assert asking.communicate(timeout=20)[1].startswith("infinidoc: interrupted")
        assert asking.returncode == 130
        assert ask("print('next')").stdout == "next\n"
        assert process.stdout
        assert process.stdout.readline() == "left\n"


def test_a_reader_that_has_enough_is_no_error(home: Path) -> None:
    with plain():
        reader, writer = os.pipe()
        os.close(reader)
        words = [sys.executable, "-m", "infinidoc", "ask", "print(1)"]
        result = subprocess.run(words, stdout=writer, stderr=subprocess.PIPE, timeout=60)
        os.close(writer)
        assert (result.returncode, result.stderr) == (1, b"")


def test_a_signal_ends_the_server_and_the_client_says_so(home: Path) -> None:
    with plain() as process:
        code = f"import os; print(1, flush=True); os.kill({process.pid}, 15); time.sleep(50)"
        result = ask(code)
        assert (result.returncode, result.stdout) == (1, "1\n")
        assert result.stderr.startswith("infinidoc: the server stopped before the answer was whole")
        assert process.wait(20) == 0
    assert not list(home.glob("serve.*"))


def test_it_ends_when_nobody_asks_or_somebody_says_so(cli: Cli, home: Path) -> None:
    with plain(idle="0.1") as process:
        assert process.wait(20) == 0
    assert not list(home.glob("serve.*"))
    assert cli("serve", "--stop").err == "no server is running\n"
    with plain() as process:
        assert cli("serve", "--stop").err == "the server has ended\n"
        assert process.wait(20) == 0
    assert not list(home.glob("serve.*"))


def test_no_serve_by_option_or_setting(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with plain():
        assert client.served(["ask", "pass", "--no-serve"]) is None
        assert client.served(["ask", "another model"]) is None
        assert client.served(["list"]) is None
        monkeypatch.setenv("INFINIDOC_SERVE", "0")
        assert client.served(["ask", "pass"]) is None


def test_the_first_question_starts_a_server_if_that_is_set(
    cli: Cli, home: Path, tiny_model: Path, tmp_path: Path
) -> None:
    (tmp_path / "note.txt").write_text("The ferry leaves at nine.\n", "utf-8")
    cli("ingest", tmp_path / "note.txt")
    assert cli("config", "serve", "auto").code == 0
    environment = {**os.environ, "INFINIDOC_MODEL": "no model"}
    asked = ("When does the ferry leave?", "--model", str(tiny_model))
    command = [sys.executable, "-m", "infinidoc", "ask", *asked]
    first = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=60)
    assert (first.returncode, "a server was started" in first.stderr) == (0, True), first.stderr
    until = time.monotonic() + 60
    while wires.connect() is None and time.monotonic() < until:
        time.sleep(0.1)
    try:
        assert client.served(["ask", *asked, "--quiet"]) == 0
    finally:
        assert "has ended" in cli("serve", "--stop").err


def test_what_a_killed_server_leaves_is_no_obstacle(cli: Cli, home: Path) -> None:
    with plain() as process:
        process.kill()
        process.wait()
        assert (home / "serve.sock").exists()
        assert cli("ask", "Who?").err.startswith("infinidoc: the library is empty")
    with plain():
        assert ask("print('hello')").stdout == "hello\n"


@contextmanager
def false_server(*frames: tuple[bytes, bytes], build: str | None = None) -> Iterator[None]:
    """One that takes a request, says these frames and hangs up."""
    with server.listening(None) as open_door, open_door()[0] as listener:

        def serve() -> None:
            wire = Wire(listener.accept()[0])
            wire.expect(wires.NONCE)
            greeting = {"build": build or wires.build(), "proof": ""}
            wire.send(wires.GREETING, json.dumps(greeting).encode())
            if build is None:
                wire.expect(wires.TOKEN)
                wire.expect(wires.REQUEST)
            for frame in frames:
                wire.send(*frame)
            wire.close()

        thread = threading.Thread(target=serve)
        thread.start()
        yield
        thread.join()


@pytest.mark.parametrize(
    ("frames", "build"),
    [([], None), ([(wires.TAKEN, b"")], None), ([(wires.DECLINED, b"")], None), ([], "0.0.9")],
    ids=["hangs up", "dies before it says anything", "declines", "another version"],
)
def test_without_a_word_from_the_server_the_command_is_done_here(
    cli: Cli, frames: list[tuple[bytes, bytes]], build: str | None
) -> None:
    with false_server(*frames, build=build):
        assert cli("ask", "Who?").err.startswith("infinidoc: the library is empty")


def test_half_an_answer_is_said_to_be_half(cli: Cli) -> None:
    with false_server((wires.TAKEN, b""), (wires.OUT, b"Isol")):
        result = cli("ask", "Who?")
    assert (result.code, result.out) == (1, "Isol")
    expected = "infinidoc: the server stopped before the answer was whole (ask again)\n"
    assert result.err == expected
