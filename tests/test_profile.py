"""A profile adds up, changes nothing, and says where an ingest and an answer spend their time."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from infinidoc.profile import NOTHING, REST, Profile
from tests import tiny


class Clock:
    """A clock that stands still until it is told to go."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def tale(tmp_path: Path) -> Path:
    path = tmp_path / "tale.txt"
    path.write_text(tiny.text(900), "utf-8")
    return path


def test_what_is_within_a_part_is_taken_out_of_it() -> None:
    clock = Clock()
    profile = Profile(clock)
    with profile.part("outer"):
        clock.now += 1
        with profile.part("inner"):
            clock.now += 2
        clock.now += 4
    clock.now += 8
    taken = profile.taken()
    seconds = {name: part["seconds"] for name, part in taken["parts"].items()}
    assert seconds == {REST: 8, "outer": 5, "inner": 2}
    assert taken["seconds"] == 15
    assert profile.taken()["seconds"] == 0, "taking begins anew"


def test_only_making_items_counts_not_what_is_done_with_them() -> None:
    clock = Clock()
    profile = Profile(clock)

    def items() -> Any:
        for number in range(3):
            clock.now += 1
            yield number

    for _ in profile.each("items", items()):
        clock.now += 10
    parts = profile.taken()["parts"]
    assert (parts["items"]["seconds"], parts[REST]["seconds"]) == (3, 30)


def test_a_part_that_fails_is_over() -> None:
    profile = Profile(Clock())
    with pytest.raises(ValueError, match="no"), profile.part("failing"):
        raise ValueError("no")
    assert profile._doing == [REST]


def test_nothing_looks_at_no_clock() -> None:
    with NOTHING.part("anything"):
        pass
    assert list(NOTHING.each("items", [1, 2])) == [1, 2]
    assert NOTHING.timed("work", len) is len
    assert NOTHING.taken() == {}


def test_a_profiled_ingest_makes_the_same_memory(cli: Any, tale: Path) -> None:
    plain = cli("ingest", tale, "--name", "plain", "--json").json
    result = cli("ingest", tale, "--name", "watched", "--force", "--profile", "--json").json
    digests = {cli("show", n, "--json").json["memory_sha256"] for n in ("plain", "watched")}
    assert len(digests) == 1
    assert "profile" not in plain
    parts = result["profile"]["parts"]
    assert {"start-up", "weights", "read", "tokenize", "memory", "store"} <= set(parts)
    assert {"layers: attention", "layers: feed-forward", "layers: projections"} <= set(parts)
    assert sum(part["share"] for part in parts.values()) == pytest.approx(1, abs=0.01)


def test_a_profiled_answer_is_the_same(cli: Any, tale: Path) -> None:
    cli("ingest", tale)
    question = ("ask", "Where is the gold map?")
    plain = cli(*question, "--json").json
    watched = cli(*question, "--json", "--profile").json
    assert watched["answer"] == plain["answer"]
    assert {"weights", "database", "evidence", "prompt", "decode"} <= set(
        watched["profile"]["parts"]
    )


def test_without_json_it_is_a_table_on_stderr(cli: Any, tale: Path) -> None:
    result = cli("ingest", tale, "--profile")
    assert "layers: attention" in result.err
    assert "in all" in result.err
    assert "in all" not in result.out
