"""Several who ask one server at once: whose turn it is, and what is done only once."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from infinidoc.benchmarks import askers
from infinidoc.errors import NotFound
from infinidoc.interfaces.chat_request import ChatRequest
from infinidoc.interfaces.turns import Turns
from infinidoc.interfaces.worker import LibraryWorker


def drained(turns: Turns) -> None:
    """Do all that waits."""
    turns.close()
    while work := turns.take():
        work()


def test_askers_take_turns_and_keep_their_own_order() -> None:
    turns, done = Turns(), list[str]()
    for name in ("a1", "a2", "a3", "b1", "c1", "b2"):
        turns.add(lambda name=name: done.append(name), name[0])
    drained(turns)
    assert done == ["a1", "b1", "c1", "a2", "b2", "a3"]


def test_the_same_that_waits_is_done_once_when_the_first_turn_comes() -> None:
    turns, done = Turns(), list[str]()

    def ask(name: str, same: str) -> Any:
        return turns.add(lambda: done.append(name) or len(done), name[0], same)

    asked = [ask("a1", "x"), ask("a2", "y"), ask("b1", "y"), ask("c1", "z")]
    drained(turns)
    assert done == ["a1", "a2", "c1"]  # a2 at the turn of b, who asks the same
    assert [future.result() for future in asked] == [1, 2, 2, 3]


def test_what_has_begun_is_not_joined() -> None:
    turns, calls = Turns(), list[int]()
    first = turns.add(lambda: calls.append(1), "a", "x")
    begun = turns.take()
    second = turns.add(lambda: calls.append(2), "b", "x")
    assert begun is not None
    begun()
    assert first.done()
    assert not second.done()
    drained(turns)
    assert calls == [1, 2]


def test_errors_are_everyones_and_nobody_left_costs_nothing() -> None:
    turns, done = Turns(), list[str]()

    def failing() -> None:
        raise NotFound("no such document")

    failed = [turns.add(failing, name, "x") for name in "ab"]
    left = [turns.add(lambda: done.append("left"), name, "y") for name in "ab"]
    one_left = [turns.add(lambda: done.append("one"), name, "z") for name in "ab"]
    for future in [*left, one_left[0]]:
        assert future.cancel()
    drained(turns)
    for future in failed:
        assert isinstance(future.exception(), NotFound)
    assert done == ["one"]
    with pytest.raises(RuntimeError):
        turns.add(print)


def test_a_worker_asks_its_library_once_for_the_same_question() -> None:
    asked, began, go = list[str](), threading.Event(), threading.Event()

    class Fake:
        def close(self) -> None:
            asked.append("closed")

    async def talk() -> list[str]:
        worker = LibraryWorker(lambda: Fake())  # type: ignore[arg-type,return-value]

        def wait(library: Any) -> str:
            began.set()
            go.wait(30)
            return "waited"

        def ask(library: Any) -> str:
            asked.append("asked")
            return "Isolde"

        before = asyncio.create_task(worker.do(wait))
        await asyncio.to_thread(began.wait, 30)
        same = ChatRequest("Who?", "tale").same
        tasks = [asyncio.create_task(worker.do(ask, name, same)) for name in range(16)]
        await asyncio.sleep(0)
        go.set()
        answers = await asyncio.gather(before, *tasks)
        await asyncio.to_thread(worker.close)
        return answers

    assert asyncio.run(talk()) == ["waited", *["Isolde"] * 16]
    assert asked == ["asked", "closed"]


def test_a_question_is_the_same_whoever_asks() -> None:
    def asked(**others: Any) -> ChatRequest:
        said = [{"role": "user", "content": "Who is she?"}]
        return ChatRequest.from_request({"messages": said, "model": "infinidoc/tale", **others})

    assert asked(user="a").same == asked(user="b", model="tale", temperature=1).same
    assert (asked(user="a").user, asked().user) == ("a", None)
    others = [asked(until=3), asked(mode="evidence"), asked(model="all")]
    assert len({one.same for one in [asked(), *others]}) == 4


def test_the_askers_of_the_benchmark(
    tiny_model: Path, capsys: pytest.CaptureFixture[str], cli: Callable[..., Any]
) -> None:
    assert askers.shared_out(["a", "b", "c"], 2, "own") == [["a", "c"], ["b"]]
    assert sorted(map(sorted, askers.shared_out(["a", "b"], 2, "same"))) == [["a", "b"]] * 2
    outcome = cli("bench", "askers", "--questions", 2, "--askers", "1,2", "-m", tiny_model)
    assert outcome.code == 0, outcome.err
    report = json.loads(outcome.out.splitlines()[-1])
    assert [row["answers"] for row in report["loads"]] == [2, 2, 2, 4]
    assert set(report["ratios"]) == {"own 1", "own 2", "same 1", "same 2"}
