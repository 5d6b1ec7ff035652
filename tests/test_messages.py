"""What a person is told beside the result: names, doubts, ways on."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import infinidoc
from infinidoc.cli import chatting
from infinidoc.cli.answers import remarks
from infinidoc.errors import NotFound
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
