"""Answers a minute of one `serve --http` to 1, 4 and 16 who ask at once.

The document is generated, so that every answer is known. Two loads: the askers share out the
questions (no two are the same), or each asks all of them in an order of its own (a question that
somebody asks while the same one waits is answered once). Every text must be that which a single
asker gets.
"""

from __future__ import annotations

import http.client
import json
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from infinidoc.benchmarks.machine import describe
from infinidoc.errors import InfinidocError
from infinidoc.library import Library

PLACES = (
    "Orsay Marrow Skerry Penhallow Brodd Harlan Callow Venner Tarn Isbister Quoyle Lunna Hask "
    "Strand Mewick Ollaby Firth Garrow Wenlow Pelham Dunnet Arbeck Rosslyn Thorne"
).split()
FIRST = "Ada Tobias Hanne Aldous Ruth Anton Clara Edmund Freya Gideon Ivo Judith".split()
LAST = "Amsel Bireck Colby Drummond Eskdale Fenner Grange Holm Ibsen Jarrow Keel Lomax".split()


class Asker(threading.Thread):
    """One who asks one question after another over a connection of its own."""

    def __init__(self, address: str, token: str, questions: Sequence[str]) -> None:
        super().__init__(daemon=True)
        self.address, self.token, self.questions = address, token, questions
        self.answers: dict[str, str] = {}
        self.waits: list[float] = []
        self.failed: str | None = None

    def run(self) -> None:
        place = urlsplit(self.address)
        connection = http.client.HTTPConnection(place.hostname or "", place.port)
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        for question in self.questions:
            body = {"model": "latest", "messages": [{"role": "user", "content": question}]}
            started = time.perf_counter()
            connection.request("POST", f"{place.path}/chat/completions", json.dumps(body), headers)
            with connection.getresponse() as response:
                if response.status != http.client.OK:
                    self.failed = f"the server answered {response.status}"
                    return
                told = json.loads(response.read())
            self.waits.append(time.perf_counter() - started)
            self.answers[question] = told["infinidoc"]["answer"]
        connection.close()


def run(model: str | None, questions: int, askers: Sequence[int]) -> None:
    """Print a line for each load and one JSON line."""
    print(f"{describe()}; {questions} questions", flush=True)
    pages, asked = written(questions)
    rows: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "lights.md"
        path.write_text(pages, "utf-8")
        with Library(Path(folder) / "askers.db", model=model) as library:
            library.ingest(path)
        with serving(Path(folder) / "askers.db", model) as (address, token):
            measured(address, token, [[next(iter(asked))]])  # what is loaded with the first one
            _, alone = measured(address, token, [list(asked)])
            for load, count in ((load, count) for load in ("own", "same") for count in askers):
                row, answers = measured(address, token, shared_out(list(asked), count, load))
                if any(answers[question] != alone[question] for question in answers):
                    raise InfinidocError("a question was answered otherwise among others")
                rows.append({"load": load, "askers": count, **row})
                print(", ".join(f"{key} {value}" for key, value in rows[-1].items()), flush=True)
    right = sum(asked[question] in alone[question] for question in asked)
    report = {"benchmark": "askers", "questions": questions, "right": right, "loads": rows}
    print(json.dumps({**report, "ratios": ratios(rows)}))


def written(count: int) -> tuple[str, dict[str, str]]:
    """A document of as many places as there are, and so many questions with their answers."""
    chance = random.Random(0)
    keepers = chance.sample([f"{first} {last}" for first in FIRST for last in LAST], len(PLACES))
    pages = [
        f"## {place}\n\nThe light at {place} was built in {chance.randint(1780, 1900)} and stands "
        f"{chance.randint(9, 60)} metres above the sea. Its keeper is {keeper}, who came there "
        f"from {chance.choice(PLACES)} with two boats and a dog.\n"
        for place, keeper in zip(PLACES, keepers, strict=True)
    ]
    known = dict(zip(PLACES, keepers, strict=True))
    asked = {f"Who is the keeper of the light at {place}?": known[place] for place in PLACES}
    return "# The lights\n\n" + "\n".join(pages), dict(list(asked.items())[:count])


def shared_out(questions: list[str], askers: int, load: str) -> list[list[str]]:
    """What each asker asks: its share of the questions ("own"), or all of them ("same")."""
    if load == "own":
        return [part for part in (questions[at::askers] for at in range(askers)) if part]
    return [random.Random(at).sample(questions, len(questions)) for at in range(askers)]


def measured(
    address: str, token: str, parts: Sequence[Sequence[str]]
) -> tuple[dict[str, Any], dict[str, str]]:
    """Answers a minute, the longest wait of all, and the answers."""
    crowd = [Asker(address, token, part) for part in parts]
    started = time.perf_counter()
    for asker in crowd:
        asker.start()
    for asker in crowd:
        asker.join()
    seconds = time.perf_counter() - started
    if failed := next((asker.failed for asker in crowd if asker.failed), None):
        raise InfinidocError(failed)
    count = sum(len(asker.answers) for asker in crowd)
    row = {
        "answers": count,
        "seconds": round(seconds, 1),
        "answers a minute": round(count / seconds * 60, 1),
        "longest wait": round(max(max(asker.waits) for asker in crowd), 1),
    }
    return row, {key: value for asker in crowd for key, value in asker.answers.items()}


def ratios(rows: Sequence[dict[str, Any]]) -> dict[str, float]:
    """Answers a minute of each load beside those of the fewest askers."""
    first = {row["load"]: row["answers a minute"] for row in reversed(rows)}
    return {
        f"{row['load']} {row['askers']}": round(row["answers a minute"] / first[row["load"]], 2)
        for row in rows
    }


@contextmanager
def serving(library: Path, model: str | None) -> Iterator[tuple[str, str]]:
    """The address and the token of a `serve --http`, which ends afterwards."""
    words = ["serve", "--http", "0", "-d", str(library), *(["-m", model] if model else [])]
    command = [sys.executable, "-m", "infinidoc", *words]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    assert process.stderr
    try:
        line = process.stderr.readline().split()
        if len(line) < 2:
            raise InfinidocError("serve --http does not start", hint="pip install infinidoc[http]")
        yield line[1].rstrip(";"), line[-1]
    finally:
        process.terminate()
        process.wait()
        process.stderr.close()
