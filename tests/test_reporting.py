"""`report`: one page with everything in it, and nothing in it that is obeyed."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from safetensors.torch import save

from infinidoc.reporting.contents import _kept
from tests.conftest import Outcome

Cli = Callable[..., Outcome]
HARBOUR = """\
# Harbour Rules

## 1. Berths

A boat longer than nine metres moors at the outer wall. The harbour master Ilse Kroon gives the
berth.

## 2. Dues `</script><script>alert(1)</script>`

Dues are four crowns a night, payable at the kiosk. `<img src=x onerror=alert(2)>` is no boat.
"""
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")


@pytest.fixture
def page(cli: Cli, tmp_path: Path) -> str:
    """The report on rules that were read, with a conversation about them and a quiz."""
    rules = tmp_path / "rules.md"
    rules.write_text(HARBOUR, "utf-8")
    cli("ingest", rules)
    asked = b"How many times are dues mentioned?\nWhat did Zorblax pay?\n"
    assert cli("chat", "--doc", "rules", "--questions", "-", stdin=asked).code == 0
    result = cli("report", "rules", "-o", tmp_path / "rules.html", "--json")
    assert result.code == 0, result.err
    written = (tmp_path / "rules.html").read_text("utf-8")
    assert result.json == {
        "document": "rules",
        "file": str(tmp_path / "rules.html"),
        "bytes": len(written.encode()),
    }
    return written


def data(page: str) -> Any:
    (block,) = re.findall(r'<script id="data" type="application/json">(.*?)</script>', page, re.S)
    return json.loads(block)


def test_it_has_chapters_passages_summaries_and_questions(page: str) -> None:
    found = data(page)
    assert [chapter["title"].split()[0] for chapter in found["chapters"]] == ["Harbour", "1.", "2."]
    passages = " ".join(passage["text"] for passage in found["passages"])
    assert "four crowns a night" in passages
    assert "<img src=x onerror=alert(2)>" in passages
    assert "</script><script>alert(1)" in found["chapters"][2]["title"]
    told = [said["text"] for row in found["summaries"] for said in row["sentences"]]
    assert any("nine metres" in text for text in told)
    assert [row["question"] for row in found["asked"]] == [
        "How many times are dues mentioned?",
        "What did Zorblax pay?",
    ]
    assert "start" not in found["asked"][1]
    assert sum(bar["tokens"] for bar in found["bars"]) == found["tokens"]
    assert found["bars"][-1]["end"] == found["characters"]


def test_kept_positions_are_read_beside_numbers_of_any_type() -> None:
    positions = torch.tensor([[3, 70_000, 5]])
    tensors = {"kept.positions": positions, "layers.0.matrix": torch.zeros(4).bfloat16()}
    store: Any = SimpleNamespace(memory=lambda document, key: (0, save(tensors)))
    assert _kept(store, 1) == [3, 70_000, 5]


def test_nothing_of_a_document_is_markup_and_nothing_is_fetched(page: str) -> None:
    assert "<img" not in page
    assert page.count("<script") == 2
    assert "default-src 'none'" in page
    assert "http" not in page.replace("http://www.w3.org/2000/svg", "").replace("http-equiv", "")


def test_a_name_cannot_change_the_page(cli: Cli, tmp_path: Path) -> None:
    rules = tmp_path / "rules.txt"
    rules.write_text("The kiosk opens at seven.\n", "utf-8")
    cli("ingest", rules, "--name", "%data% <b>")
    assert cli("report", "%data% <b>", "-o", tmp_path / "a.html").code == 0
    page = (tmp_path / "a.html").read_text("utf-8")
    assert "<h1>%data% &lt;b&gt;</h1>" in page
    assert data(page)["document"] == "%data% <b>"


def test_a_file_that_is_there_is_kept(cli: Cli, tmp_path: Path) -> None:
    rules = tmp_path / "rules.txt"
    rules.write_text("The kiosk opens at seven.\n", "utf-8")
    cli("ingest", rules)
    target = tmp_path / "mine.html"
    target.write_text("mine")
    assert cli("report", "-o", target).code == 1
    assert target.read_text() == "mine"
    assert cli("report", "-o", target, "--force").code == 0
    assert "no such document" in cli("report", "none", "-o", target).err


def test_a_browser_shows_it(page: str, tmp_path: Path) -> None:
    """In a real one, if there is one: the script runs under the page's own policy."""
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        pytest.skip("no browser here")
    command = [browser, "--headless", "--no-sandbox", "--disable-gpu", "--dump-dom"]
    dumped = subprocess.run(
        [*command, f"--user-data-dir={tmp_path / 'profile'}", (tmp_path / "rules.html").as_uri()],
        capture_output=True,
        text=True,
        timeout=120,
    ).stdout
    assert dumped.count("<article") == len(data(page)["passages"])
    assert "&lt;img src=x onerror=alert(2)&gt;" in dumped
    assert "<svg" in dumped
