"""The text room on tables of real prose; every second passage and line is held out."""

from __future__ import annotations

from pathlib import Path

import pytest

from infinidoc.benchmarks.text_tables import (
    HELD_OUT,
    TUNED,
    Sample,
    border_f1,
    own_borders,
    plain_borders,
    right_values,
    samples,
    verdicts,
)
from infinidoc.text.languages import language_of
from infinidoc.text.sentences import sentence_texts

TABLES = Path(__file__).parent
LANGUAGES = {"german": "de", "french": "fr", "spanish": "es", "chinese": "zh"}
SAMPLES = list(samples(TABLES))
HALVES = pytest.mark.parametrize("part", [TUNED, HELD_OUT])


def chosen(part: str, english: bool) -> list[Sample]:
    return [one for one in SAMPLES if one.part == part and (one.kind not in LANGUAGES) is english]


@HALVES
@pytest.mark.parametrize(("english", "least"), [(True, 0.98), (False, 0.95)])
def test_sentence_borders(part: str, english: bool, least: float) -> None:
    read = chosen(part, english)
    assert border_f1(own_borders, read) >= least
    assert border_f1(own_borders, read) > border_f1(plain_borders, read) + 0.1


@HALVES
def test_numbers_and_dates_by_value(part: str) -> None:
    assert all(share >= 0.97 for share in right_values(TABLES, part).values())


def test_true_statements_stand_and_false_ones_do_not() -> None:
    found = verdicts([*chosen(TUNED, True), *chosen(HELD_OUT, True)])
    withdrawn, true = found["true, withdrawn"]
    let_through, false = found["false, not withdrawn"]
    assert true >= 300
    assert false >= 300
    assert withdrawn <= 0.01 * true
    assert let_through <= 0.03 * false


@HALVES
def test_nothing_is_withdrawn_in_another_language(part: str) -> None:
    found = verdicts(chosen(part, False))
    assert found["true, withdrawn"][0] == 0
    assert found["false, borne out"][0] <= 1  # their negation is lost


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda one: f"{one.kind}, {one.part}")
def test_the_language_of_a_passage(sample: Sample) -> None:
    assert language_of(sample.text) == LANGUAGES.get(sample.kind, "en")


def test_the_language_of_a_sentence() -> None:
    said = [(s, one.kind) for one in SAMPLES for s in sentence_texts(one.text) if len(s) > 30]
    right = [language_of(text) == LANGUAGES.get(kind, "en") for text, kind in said]
    assert sum(right) >= 0.97 * len(right)
