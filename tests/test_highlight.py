"""Cited sentences are marked in a copy of the PDF, on the page that says them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pymupdf
import pytest
import typer

from tests.conftest import Outcome
from tests.scripted import replying

Cli = Callable[..., Outcome]


@pytest.fixture
def contract(tmp_path: Path) -> Path:
    """Three pages; the second says the notice period, over a broken line."""
    book = pymupdf.open()
    for text in (
        "This agreement is made between the mill and the harbour.",
        "Either party may end this agreement. The notice\nperiod is ninety days, given in wri-\n"
        "ting to the office of the harbour.",
        "Signed by both parties before the notary.",
    ):
        book.new_page().insert_text((72, 72), text)
    path = tmp_path / "contract.pdf"
    book.save(path)
    return path


def marked(path: Path) -> dict[int, list[str]]:
    """The words under the marks of every page that has any."""
    with pymupdf.open(path) as book:
        return {
            page.number + 1: [" ".join(page.get_textbox(mark.rect).split()) for mark in marks]
            for page in book
            if (marks := list(page.annots()))
        }


def test_what_is_cited_is_marked(
    cli: Cli, contract: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    replying(monkeypatch, lambda passages: "ninety days")
    cli("ingest", contract)
    opened: list[str] = []
    monkeypatch.setattr(typer, "launch", lambda url: opened.append(url) or 0)
    copy = tmp_path / "marked.pdf"
    asked = ("ask", "What is the notice period?", "--highlight", copy, "--open")
    result = cli(*asked)
    assert result.code == 0, result.err
    assert "1 sentence of 1 marked" in result.err
    assert list(marked(copy)) == [2]
    assert "ninety days" in marked(copy)[2][0]
    assert marked(contract) == {}
    assert opened == [f"{copy.resolve().as_uri()}#page=2"]


def test_another_file_is_not_marked(
    cli: Cli, contract: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    replying(monkeypatch, lambda passages: "ninety days")
    cli("ingest", contract)
    asked = ("ask", "What is the notice period?", "--highlight")
    over = cli(*asked, contract)
    assert (over.code, "write over the source" in over.err) == (2, True)
    contract.write_bytes(contract.read_bytes() + b"\n%changed")
    changed = cli(*asked, tmp_path / "marked.pdf")
    assert (changed.code, "has changed since" in changed.err) == (1, True)
    cli("export", "contract", tmp_path / "contract.infinidoc")
    cli("rm", "contract")
    cli("import", tmp_path / "contract.infinidoc")
    imported = cli(*asked, tmp_path / "marked.pdf", "--doc", "contract")
    assert (imported.code, "was imported" in imported.err) == (1, True)
    cli("rm", "contract")
    cli("ingest", contract)
    contract.unlink()
    gone = cli(*asked, tmp_path / "marked.pdf")
    assert (gone.code, "not there" in gone.err) == (1, True)
    assert not (tmp_path / "marked.pdf").exists()


def test_only_a_pdf_is_marked_but_any_file_is_shown(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    replying(monkeypatch, lambda passages: "ninety days")
    text = tmp_path / "note.txt"
    text.write_text("The notice period is ninety days.\n")
    cli("ingest", text)
    asked = ("ask", "What is the notice period?")
    refused = cli(*asked, "--highlight", tmp_path / "marked.pdf")
    assert (refused.code, "only a PDF" in refused.err) == (2, True)
    monkeypatch.setattr(typer, "launch", lambda url: 1)
    shown = cli(*asked, "--open")
    assert (shown.code, "no program here shows it: file:///" in shown.err) == (0, True)
