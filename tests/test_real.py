"""A few real runs of the command with the real default model, fetched once into .cache."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests.test_reporting import data

ROOT = Path(__file__).parent.parent
SAMPLES = ROOT / "sample_docs"
CACHE = ROOT / ".cache" / "infinidoc"

pytestmark = pytest.mark.real


@pytest.fixture(scope="session")
def model() -> Path:
    """The default model's folder."""
    done = subprocess.run(
        [sys.executable, "-m", "infinidoc", "models", "pull", "--json"],
        env={**os.environ, "INFINIDOC_HOME": str(CACHE)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    folder = Path(json.loads(done.stdout)["path"])
    assert folder.is_relative_to(CACHE), "a test before this one left a setting behind"
    return folder


class Runner:
    """Runs the installed command as a process of its own."""

    def __init__(self, home: Path, model: Path) -> None:
        self.environment = {**os.environ, "INFINIDOC_HOME": str(home)}
        cache = home / "cache"
        cache.mkdir(parents=True, exist_ok=True)
        if not (cache / "models").exists():
            (cache / "models").symlink_to(model.parent)

    def start(self, *arguments: str | Path, stdin: Any = subprocess.DEVNULL) -> Any:
        return subprocess.Popen(
            [sys.executable, "-m", "infinidoc", *map(str, arguments)],
            env=self.environment,
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def __call__(self, *arguments: str | Path, stdin: Any = subprocess.DEVNULL) -> Any:
        process = self.start(*arguments, "--json", stdin=stdin)
        out, err = process.communicate()
        assert process.returncode == 0, err
        return json.loads(out)


@pytest.fixture
def run(home: Path, model: Path) -> Runner:
    return Runner(home, model)


def test_a_tale_is_read_asked_and_summarized(run: Runner) -> None:
    read = run("ingest", SAMPLES / "voyage.md")
    assert read["tokens_read"] == read["tokens"] > 1000
    answer = run("ask", "Who commanded the Petrel after Captain Venn?")
    assert "Isolde who commanded" in answer["evidence"][0]["text"]
    assert answer["adapter"]
    assert answer["answer"] == "Isolde"
    early = run(
        "ask", "Who is Cassius Orme?", "--until", "Chapter 2. The Island That Was Not There"
    )
    assert "Orme" not in json.dumps(early["evidence"])
    summary = run("summarize", "--length", "short")
    assert len(summary["summary"]) > 40


def test_a_report_shows_the_kept_tokens(run: Runner, tmp_path: Path) -> None:
    run("ingest", SAMPLES / "voyage.md")
    page = tmp_path / "report.html"
    run("report", "-o", page)
    assert sum(bar["kept"] for bar in data(page.read_text("utf-8"))["bars"]) > 0


def test_a_pdf_cites_its_printed_page(run: Runner) -> None:
    run("ingest", SAMPLES / "pump-manual.pdf")
    first = run("ask", "How often must the impeller be replaced?")["evidence"][0]
    assert (first["label"], first["page"]) == ("3", 5)


def test_a_piped_log(run: Runner) -> None:
    with (SAMPLES / "server.log").open() as log:
        answer = run("ask", "Which disk failed?", stdin=log)
    assert "/dev/sdc" in answer["evidence"][0]["text"]


def test_a_fact_is_remembered_without_the_text(run: Runner, tmp_path: Path) -> None:
    """Memory alone: a number stated once, thousands of tokens before the question."""
    tale = (SAMPLES / "voyage.md").read_text("utf-8")
    fact = "\n\nThe pass key is 40726. Remember it. 40726 is the pass key.\n\n"
    text = tmp_path / "book.txt"
    text.write_text(fact.join(tale[at : at + 3000] for at in (0, 3000)) + tale * 2, "utf-8")
    run("ingest", text)
    answer = run("ask", "What is the pass key?", "--mode", "memory")
    assert answer["answer"] == "40726"
    assert answer["evidence"] == []


def test_killed_in_the_middle_it_goes_on_to_the_same_memory(
    run: Runner, model: Path, tmp_path: Path
) -> None:
    text = (SAMPLES / "voyage.md").read_text("utf-8")
    long = tmp_path / "long.txt"
    long.write_text("\n".join(f"{n}. {text}" for n in range(4)), "utf-8")
    whole = Runner(tmp_path / "whole", model)
    whole("ingest", long)
    process = run.start("ingest", long, "-q")
    database = Path(run.environment["INFINIDOC_HOME"]) / "library.db"
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and process.poll() is None:
        time.sleep(0.3)
        if database.exists() and committed(database):
            break
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert run("ingest", long)["status"] == "resumed"
    ours, theirs = run("show", "long"), whole("show", "long")
    assert ours["memory_sha256"] == theirs["memory_sha256"]
    assert ours["tokens"] == theirs["tokens"]


def committed(database: Path) -> bool:
    """Whether an ingest has committed something; read from outside, as the kill will."""
    import sqlite3

    try:
        with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as library:
            return bool(library.execute("select count(*) from memories").fetchone()[0])
    except sqlite3.Error:
        return False
