"""How long a command takes, as a person waits for it: whole processes, one after another.

`ask` is timed to its first token on stdout, from the start of the process: of a question that
a sentence of the text answers, and of one that nothing in it answers.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from infinidoc.benchmarks.ingest import random_text
from infinidoc.benchmarks.machine import describe
from infinidoc.language import LanguageModel

TOKENS = 6000  # of the document that is listed, shown and asked
PLANTED = "\n\nThe captain of the Petrel was Ruth Olsen, who had sailed since 1884.\n\n"
ANSWERED, UNANSWERED = "Who was the captain of the Petrel?", "What is on the water?"


def run(model: str | None, runs: int) -> None:
    """Print the table and one JSON line."""
    language = LanguageModel.find(model)
    print(describe())
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "INFINIDOC_HOME": folder}
        environment["INFINIDOC_MODEL"] = str(language.path)
        text = Path(folder) / "text.txt"
        about = random_text(language, TOKENS)
        text.write_text(about[: len(about) // 2] + PLANTED + about[len(about) // 2 :], "utf-8")
        command(["ingest", str(text)], environment)
        report = {
            "--help": middle(runs, ["--help"], environment),
            "list": middle(runs, ["list"], environment),
            "show": middle(runs, ["show", "text"], environment),
            "ask, first sign of life": first_tokens(runs, environment, ANSWERED, anything=True),
            "ask, first token": first_tokens(runs, environment, UNANSWERED),
            "ask, first token, answered": first_tokens(runs, environment, ANSWERED),
        }
        with served(environment):
            for name, question in (("", UNANSWERED), (", answered", ANSWERED)):
                key = f"ask, first token, with serve{name}"
                report[key] = first_tokens(runs, environment, question)
    for name, seconds in report.items():
        print(f"{name}: {seconds:.2f} s")
    print(json.dumps({"benchmark": "startup", "machine": describe(), "seconds": report}))


def command(arguments: list[str], environment: dict[str, str]) -> float:
    """Seconds one command takes."""
    start = time.perf_counter()
    subprocess.run(
        [sys.executable, "-m", "infinidoc", *arguments],
        env=environment,
        check=True,
        capture_output=True,
        stdin=subprocess.DEVNULL,
    )
    return time.perf_counter() - start


def middle(runs: int, arguments: list[str], environment: dict[str, str]) -> float:
    """The median of several runs, after one that is not counted."""
    command(arguments, environment)
    return round(statistics.median(command(arguments, environment) for _ in range(runs)), 3)


def first_tokens(
    runs: int, environment: dict[str, str], question: str, *, anything: bool = False
) -> float:
    """Median seconds from starting `ask` to its first token, in a pseudo-terminal; with
    `anything` to the first thing that is seen there."""
    times = (first_token(environment, question, anything=anything) for _ in range(runs))
    return round(statistics.median(times), 3)


@contextmanager
def served(environment: dict[str, str]) -> Iterator[None]:
    """A server in the background, from when it listens."""
    words = [sys.executable, "-m", "infinidoc", "serve"]
    server = subprocess.Popen(words, env=environment, stderr=subprocess.PIPE, text=True)
    assert server.stderr
    try:
        if not server.stderr.readline().startswith("serving"):
            raise RuntimeError("no server")
        yield
    finally:
        server.terminate()
        server.wait()
        server.stderr.close()


def first_token(environment: dict[str, str], question: str, *, anything: bool = False) -> float:
    """`ask` streams only to a terminal, so it is given one."""
    import pty

    terminal, child = pty.openpty()
    start = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "infinidoc", "ask", question],
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=child,
        stderr=child if anything else subprocess.DEVNULL,
    )
    os.read(terminal, 1)
    seconds = time.perf_counter() - start
    os.close(child)
    try:
        while os.read(terminal, 4096):
            pass
    except OSError:
        pass  # the terminal closes with the process
    process.wait()
    os.close(terminal)
    return seconds
