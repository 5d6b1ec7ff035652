"""Passages are found by words and by meaning, and an embedder can be taught to."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

import infinidoc
from infinidoc.embedder import Embedder
from infinidoc.library import Library
from infinidoc.retrieval.retriever import _together, find_evidence
from infinidoc.store import Store, add_vectors, likeness, passage_at
from infinidoc.training.passage_embedding import Examples, TokenVectors, train_vectors
from tests import tiny


def _unit(*numbers: float) -> NDArray[np.float32]:
    vector = np.asarray(numbers, np.float32)
    return vector / float(np.linalg.norm(vector))


def _embedder(vectors: NDArray[np.float16], turn: NDArray[np.float32], identity: str) -> Embedder:
    def looked_up(ids: Sequence[int]) -> NDArray[np.float32]:
        return vectors[list(ids)].astype(np.float32)

    return Embedder(looked_up, len(vectors), turn, identity)


def _stored(store: Store) -> int:
    document = store.add_document("tale", "text", {"model": "m"}, "tale.txt", "0" * 64)
    for page in (1, 2, 3):
        start = (page - 1) * 10
        row = {"number": page, "label": None, "title": None, "chapter": 0, "path": None}
        row |= {"line": 1, "start": start, "end": start + 10, "text": "x" * 10, "problem": None}
        store.add_pages(document, [row])
        passage = {"page": page, "start": start, "end": start + 10, "line": 1, "text": "x" * 10}
        store.add_passages(document, [passage])
    return document


def test_likeness_is_the_cosine_and_knows_nothing_after_the_border(tmp_path: Path) -> None:
    with Store(tmp_path / "library.db") as store:
        document = _stored(store)
        add_vectors(
            store, document, "mine", [(0, _unit(1, 0)), (10, _unit(1, 1)), (20, _unit(0, 1))]
        )
        question = np.asarray([0.0, 1.0], np.float32)
        found = likeness(store, [document], "mine", question)
        assert found == pytest.approx(
            {(document, 0): 0, (document, 10): 0.5**0.5, (document, 20): 1}, abs=1e-3
        )
        assert list(likeness(store, [document], "mine", question, {document: 2})) == [
            (document, 0),
            (document, 10),
        ]
        assert likeness(store, [document], "another's", question) == {}
        add_vectors(store, document, "mine", [(0, _unit(0, 1))])
        assert likeness(store, [document], "mine", question)[document, 0] == pytest.approx(
            1, abs=1e-3
        )
        assert passage_at(store, document, 20)["page"] == 3


def test_both_signals_decide_and_words_alone_without_a_seeker() -> None:
    words, meaning = {(1, 0): 8.0, (1, 5): 4.0}, {(1, 0): 0.1, (1, 5): 0.4, (1, 9): 0.5}
    together = _together(words, meaning, 3.0)
    assert sorted(together, key=lambda key: -together[key]) == [(1, 5), (1, 9), (1, 0)]
    assert _together(words, {}, 3.0) == {(1, 0): 1.0, (1, 5): 0.5}
    assert _together({}, {}, 3.0) == {}


def test_a_bare_heading_is_read_only_where_there_is_nothing_else(
    tmp_path: Path, tiny_model: Path
) -> None:
    bugs = "# Bug log\n\n## One\n\nA bug was closed in May.\n\n## Two\n\nThe other bug is open.\n"
    for name, text in (("code", bugs), ("only", "# Bug log\n")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "BUGS.md").write_text(text)
    with Library(tmp_path / "library.db", model=str(tiny_model)) as library:
        library.ingest(tmp_path / "code")
        document = library.store.document("code")["id"]
        kept = [row["text"].strip() for row in library.store.passages(document)]
        assert kept[0] == "# Bug log"
        found = library.passages("Which bugs are in the bug log?", documents=["code"])
        assert {one.text.strip() for one in found} == set(kept[1:])
        library.ingest(tmp_path / "only")
        (alone,) = library.passages("bug log", documents=["only"])
        assert alone.text.strip() == "# Bug log"


def test_passages_without_spaces_are_found_by_pairs_of_letters(
    tiny_model: Path, tmp_path: Path
) -> None:
    others = "船が港に着いた。荷物は岸に置かれた。\n\n" * 30
    (tmp_path / "lamp.txt").write_text(f"{others}灯台守は毎晩六時に灯をともした。\n\n{others}")
    with infinidoc.open(tmp_path / "library.db", model=str(tiny_model)) as library:
        library.ingest(tmp_path / "lamp.txt")
        (document,) = library.store.documents()
        args = library.store, library.language, [document], "毎晩灯をともしたのは誰ですか?", {}
        assert "灯台守" in find_evidence(*args)[0].text


def test_vectors_are_sums_and_questions_are_turned() -> None:
    meanings = np.eye(4, 2, dtype=np.float16)
    embedder = _embedder(meanings, np.asarray([[0, 1], [1, 0]], np.float32), "x")
    assert embedder.passage([0, 0, 1]) == pytest.approx([2 / 5**0.5, 1 / 5**0.5])
    assert embedder.question([0]) == pytest.approx([0, 1])
    assert embedder.passage([99]).tolist() == [0, 0]  # a token it never learned
    assert embedder.passage([]).tolist() == [0, 0]


def test_an_embedder_learns_what_belongs_together() -> None:
    texts = [[3 * i, 3 * i + 1] for i in range(20)]
    asked = [([3 * i + 2], [i]) for i in range(20)]  # no token in common
    documents = {d: [4 * d + k for k in range(4)] for d in range(5)}
    examples = Examples(texts, documents, [i // 4 for i in range(20)], asked)
    torch.manual_seed(0)
    vectors = TokenVectors(torch.randn(60, 16), 16, torch.ones(60))
    loss = train_vectors(vectors, examples, steps=300, together=16)
    with torch.no_grad():
        scores = vectors.questions([ids for ids, _ in asked]) @ vectors.passages(texts).T
        embedder = _embedder(vectors.meanings().half().numpy(), vectors.turn.numpy(), "x")
    assert loss < 2.5
    assert float((scores.argmax(1) == torch.arange(20)).float().mean()) > 0.8
    assert embedder.passage(texts[3]) == pytest.approx(
        vectors.passages([texts[3]])[0].detach().numpy(), abs=1e-2
    )


def test_ingest_gives_every_passage_a_vector_and_ask_uses_them(
    tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from infinidoc import language
    from infinidoc.memory import MemoryConfig

    monkeypatch.setattr(
        language.LanguageModel, "config", MemoryConfig(segment=64, sinks=2, carried=8)
    )
    library = infinidoc.open(tmp_path / "library.db", model=str(tiny_model))
    meanings = np.random.default_rng(0).normal(size=(300, 8)).astype(np.float16)
    embedder = _embedder(meanings, np.eye(8, dtype=np.float32), "mine")
    monkeypatch.setattr(language.LanguageModel, "embedder", embedder)
    text = "".join(f"# Chapter {n}\n\n{tiny.text(150, n)}\n" for n in range(1, 5))
    (tmp_path / "whole.md").write_text(text, "utf-8")
    half = text.index("# Chapter 3")
    (tmp_path / "a.md").write_text(text[:half], "utf-8")
    (tmp_path / "b.md").write_text(text[half:], "utf-8")
    whole = library.ingest(tmp_path / "whole.md")["id"]
    parts = library.ingest(tmp_path / "a.md", name="parts")["id"]
    library.append("parts", tmp_path / "b.md")
    sql = "select start, vector from vectors where document = ? order by start"
    rows = {key: library.store._rows(sql, [key]) for key in (whole, parts)}
    assert len(rows[whole]) == len(library.store.passages(whole)) > 0
    assert rows[whole] == rows[parts]
    result = library.ask("qqq xyz?", documents=["whole"])  # no word of the text
    assert len(result["evidence"]) == 3
    assert library.ask("qqq xyz?", documents=["whole"], until=1)["evidence"][0]["page"] == 1
