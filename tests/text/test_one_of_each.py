"""Sentences are cut, numbers and names read, words stemmed, stop words listed in one room only."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import infinidoc
from infinidoc.text.languages import STOP_WORDS

ROOT = Path(infinidoc.__file__).parent
CUTS = re.compile(r"\[[^\]]*[.][!][?][^\]]*\].*\\s[+)*]|\(\?<=\[\.!\?\]\)")
NUMERALS = {"seven", "eleven", "thirteen", "twenty", "hundred", "thousand"}
TITLES = {"mr", "mrs", "miss", "dr", "sir", "capt", "captain"}
MANY = 12  # stop words in one string are a list of them


def strings(path: Path) -> list[str]:
    """The strings of a file but its docstrings."""
    tree = ast.parse(path.read_text("utf-8"))
    kept = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    said = {id(n.body[0].value) for n in ast.walk(tree)  # type: ignore[attr-defined]
            if isinstance(n, kept) and n.body and isinstance(n.body[0], ast.Expr)}  # fmt: skip
    found = [n for n in ast.walk(tree) if isinstance(n, ast.Constant) and id(n) not in said]
    return [n.value for n in found if isinstance(n.value, str)]


def outside() -> list[Path]:
    """Every file but those of the room, and the measurements: they have peers to beat."""
    own = (ROOT / "text", ROOT / "benchmarks")
    return [path for path in sorted(ROOT.rglob("*.py")) if path.parent not in own]


@pytest.mark.parametrize("path", outside(), ids=lambda path: str(path.relative_to(ROOT)))
def test_no_second_of_anything(path: Path) -> None:
    for text in strings(path):
        listed = re.fullmatch(r"[\s\w'|-]+", text) and set(re.split(r"[\s|]+", text.lower()))
        assert not CUTS.search(text), f"cuts sentences: {text}"
        assert not (listed and len(listed & NUMERALS) > 2), f"reads numbers: {text}"
        assert not (listed and len(listed & STOP_WORDS["en"]) >= MANY), f"stop words: {text}"
        assert not (listed and len(listed & TITLES) > 2), f"finds names: {text}"
    assert "snowball" not in path.read_text("utf-8"), "stems"


def test_the_room_has_one_of_each() -> None:
    read = sorted((ROOT / "text").glob("*.py"))
    cut = [path.stem for path in read if any(CUTS.search(text) for text in strings(path))]
    stemming = [path.stem for path in read if "import snowballstemmer" in path.read_text("utf-8")]
    listing = [
        path.stem
        for path in read
        if any(len(set(text.split()) & STOP_WORDS["en"]) >= MANY for text in strings(path))
    ]
    counting = [
        path.stem for path in read if any(len(set(t.split()) & NUMERALS) > 2 for t in strings(path))
    ]
    assert stemming == ["words"]
    assert listing == ["languages"]
    assert counting == ["numbers"]
    assert set(cut) <= {"sentences", "page_sentences"}
