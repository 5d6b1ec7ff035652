"""The measurements of many documents: jobs, routing, and what is reckoned from their rates."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from infinidoc.benchmarks import many, routing, scale
from infinidoc.benchmarks.scale import Rates
from infinidoc.errors import SourceError
from infinidoc.store import Store


def test_work_is_divided() -> None:
    rates = Rates(tokens_a_book=3600, cpu_tokens=1, gpu_tokens=2, bytes_a_book=1e6)
    read = scale.reading(rates, 10)
    assert (read["core hours a book"], read["core hours"], read["GPU hours"]) == (1, 10, 5)
    asked = scale.asking(Rates(answer_seconds=1, route_seconds=0.5, documents_asked=2), 10)
    assert (asked["cores, document named"], asked["cores, routed"]) == (10, 25)


def test_one_writer_is_the_limit_of_a_library() -> None:
    rates = Rates(commit_every=10, commit_seconds=1)
    few, many_workers = (scale.shared(rates, count, 3600) for count in (1, 100))
    assert few["of what they could"] == pytest.approx(10 / 11, abs=0.02)
    assert many_workers["writer busy"] == pytest.approx(1, abs=0.02)
    assert many_workers["of what they could"] == pytest.approx(0.1, abs=0.02)


def test_other_rates_come_from_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "rates.json"
    path.write_text('{"cpu_tokens": 100}')
    scale.run(10, 1, path)
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["rates"]["cpu_tokens"] == 100
    for wrong in ("[]", '{"speed": 1}', '{"cpu_tokens": "fast"}', "{"):
        path.write_text(wrong)
        with pytest.raises(SourceError, match="rate"):
            scale.rates_of(path)


def test_documents_of_the_routing_measurement_hold_what_is_asked() -> None:
    planted = [routing.Planted("The mill at Ros burned in 1804.", ["When did it burn?"], True)]
    with Store(None) as store:
        routing._write(store, planted, [["some", "words", "of", "others"]], 3, 200)
        routing._write(store, planted, [["some", "words", "of", "others"]], 4, 200)
        (asked,) = routing._asked(store, planted, 10)
        sql = "select text from passages where document = ?"
        texts = [row["text"] for row in store._rows(sql, [asked.document])]
        assert len(store.documents()) == 4
        assert texts.count("The mill at Ros burned in 1804.") == 1
        found = routing._measure(lambda text: [9, asked.document], [asked, asked])
    assert (found["first"], found["first three"]) == (0, 1)


def test_books_of_the_job_are_of_one_size(tmp_path: Path) -> None:
    paths = many.written(tmp_path / "books", 2, 30)
    texts = [path.read_text("utf-8") for path in paths]
    assert [len(text.split()) for text in texts] == [30, 30]
    assert texts[0] != texts[1]
    killer = many.Killer(0, seed=0)
    killer(many.WorkerProgress(1, 0, "book", tokens=5))  # nothing is left to be ended


def test_a_job_is_measured(tiny_model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    many.run(str(tiny_model), 2, 400, [1], 0)
    report = json.loads(capsys.readouterr().out.splitlines()[-1])
    (job,) = report["jobs"]
    assert (job["workers"], job["killed"]) == (1, 0)
    assert job["documents an hour"] > 0
