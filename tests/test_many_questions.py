"""Questions to many documents, each asked alone, by workers."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import infinidoc
from infinidoc.errors import NotFound, SourceError
from infinidoc.many.answers import AnswerFile
from infinidoc.many.asking import Asker, asking_tasks, to_each, to_likely

TEXTS = {
    "harbour": "The lighthouse at Skerry was built in 1804.\n",
    "kitchen": "Knead the dough until it is smooth. Bake the loaf for forty minutes.\n",
    "ledger": "Wages were paid in coin, and the lighthouse keeper had no lamp.\n",
}
QUESTIONS = ["When was the lighthouse built?", "How long is the loaf baked?"]


@pytest.fixture
def library(tiny_model: Path, tmp_path: Path) -> Path:
    path = tmp_path / "library.db"
    with infinidoc.open(path, model=str(tiny_model)) as library:
        for name, text in TEXTS.items():
            (tmp_path / f"{name}.txt").write_text(text, "utf-8")
            library.ingest(tmp_path / f"{name}.txt", index_only=True)
    return path


def lines(text: str) -> list[Any]:
    return [json.loads(line) for line in text.splitlines()]


def asked(answers: list[Any]) -> list[tuple[str, str]]:
    return [(answer["question"], *answer["documents"]) for answer in answers]


def test_every_question_goes_to_every_document_in_order(
    cli: Callable[..., Any], library: Path, tmp_path: Path
) -> None:
    (tmp_path / "questions.txt").write_text("\n".join(QUESTIONS), "utf-8")
    words = ["ask", "--questions", tmp_path / "questions.txt", "--each", "-d", library]
    words += ["--doc", "kitchen", "--doc", "harbour", "--json"]
    outcome = cli(*words, "--workers", 2, "--output", tmp_path / "answers.jsonl")
    assert outcome.code == 0
    answers = lines(outcome.out)
    assert asked(answers) == to_each(QUESTIONS, ["kitchen", "harbour"])
    kept = lines((tmp_path / "answers.jsonl").read_text("utf-8"))
    assert sorted(asked(kept)) == sorted(asked(answers))
    with infinidoc.open(library) as opened:
        alone = opened.ask(QUESTIONS[0], documents=["harbour"])
    same = ("answer", "found", "evidence", "documents")
    assert {key: answers[1][key] for key in same} == {key: alone[key] for key in same}
    again = cli(*words, "--doc", "nobody", "--output", tmp_path / "answers.jsonl")
    assert again.code == 1
    assert "no such document" in again.err
    again = cli(*words, "--output", tmp_path / "answers.jsonl")
    assert (again.code, again.out) == (0, "")


def test_without_names_the_likely_documents_are_asked(library: Path) -> None:
    with infinidoc.open(library) as opened:
        pairs = to_likely(opened.store, QUESTIONS)
        with pytest.raises(NotFound, match="tell no document from others"):
            to_likely(opened.store, ["Zeppelin?"])
    assert pairs[0] == (QUESTIONS[0], "harbour")
    assert (QUESTIONS[0], "kitchen") not in pairs
    assert pairs[-1] == (QUESTIONS[1], "kitchen")


def test_an_asker_answers_as_ask_does(library: Path, tiny_model: Path) -> None:
    with infinidoc.open(library, model=str(tiny_model)) as opened:
        (task,) = asking_tasks([(QUESTIONS[1], "kitchen")])
        answer = Asker(opened, mode="evidence").do(task.request, lambda row: None)
    assert (answer["mode"], answer["documents"]) == ("evidence", ["kitchen"])
    assert task.name == f"kitchen: {QUESTIONS[1]}"


def test_a_line_that_was_cut_off_is_asked_again(tmp_path: Path) -> None:
    path = tmp_path / "answers.jsonl"
    file = AnswerFile(path)
    file.add("tale", {"question": "Who?", "documents": ["tale"]})
    whole = path.read_bytes()
    path.write_bytes(whole + whole[:20])
    pairs = [("Who?", "tale"), ("When?", "tale")]
    assert AnswerFile(path).left(pairs) == [("When?", "tale")]
    assert path.read_bytes() == whole
    for line in ("[1]", "[" * 50_000):
        path.write_text(f"{line}\n")
        with pytest.raises(SourceError, match="line 1 is no answer"):
            AnswerFile(path)


def test_conflicts_are_refused(cli: Callable[..., Any], library: Path, tmp_path: Path) -> None:
    for words in (
        ["What?", "--workers", "2"],
        ["What?", "--output", str(tmp_path / "x")],
        ["What?", "--each", "--list"],
        ["  ", "--each"],
    ):
        assert cli("ask", *words, "-d", library).code == 2
