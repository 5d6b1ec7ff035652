"""Sentences, questions made of them, and grades of replies."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from infinidoc.retrieval.page_sentences import Sentence, sentences
from infinidoc.store import Store
from infinidoc.studying.cloze import BLANK, questions
from infinidoc.studying.grading import NEARLY, RIGHT, SKIPPED, WRONG, grade
from infinidoc.studying.quiz import Quiz
from infinidoc.studying.terms import Terms
from infinidoc.text.dates import date
from infinidoc.text.numbers import number
from tests.port import KEYS, PORT, fill, page

# -- sentences --------------------------------------------------------------------------------


def test_sentences_stand_where_they_say() -> None:
    text = 'Mr. J. R. Hale sat down.\n"Why?" he asked. It was\nlate, 4.5 hours late.\n\nA heading\n'
    found = list(sentences([page(text)]))
    assert [sentence.text for sentence in found] == [
        "Mr. J. R. Hale sat down.",
        '"Why?" he asked.',
        "It was late, 4.5 hours late.",
        "A heading",
    ]
    assert [sentence.line for sentence in found] == [1, 2, 2, 5]
    assert [sentence.whole for sentence in found] == [True, True, True, False]
    for sentence in found:
        assert " ".join(text[sentence.start : sentence.end].split()) == sentence.text


def test_a_sentence_may_run_over_a_page_but_not_into_a_chapter() -> None:
    one, two, three = "He went. She\n", "stayed. They\n", "# Two\n\nrested.\n"
    pages = [page(one), page(two, 2, len(one)), page(three, 3, len(one + two), chapter=1)]
    assert [(s.text, s.page) for s in sentences(pages)] == [
        ("He went.", 1),
        ("She stayed.", 1),
        ("They", 2),
        ("rested.", 3),
    ]


@settings(deadline=None)  # a busy machine proves nothing
@given(st.lists(st.text('aB1. !?\n#"-', max_size=60), max_size=5))
def test_sentences_lose_no_word(texts: list[str]) -> None:
    pages, at = [], 0
    for count, text in enumerate(texts, 1):
        pages.append(page(text, count, at))
        at += len(text)
    found = list(sentences(pages))
    assert all(a.end <= b.start for a, b in zip(found, found[1:], strict=False))
    headless = [line for line in "".join(texts).split("\n") if not line.lstrip().startswith("#")]
    assert sum(len(s.text.split()) for s in found) >= len(" ".join(headless).split()) - 9


# -- questions --------------------------------------------------------------------------------


def made(text: str) -> list[tuple[str, str]]:
    found = list(sentences([page(text)]))
    return [(q.question, q.answer) for q in questions(found, Terms(found))]


def test_what_is_asked_for_is_a_name_a_number_or_a_date() -> None:
    answers = {answer for _, answer in made(PORT)}
    wanted = {"1804", "Sarah Penrose", "Kirkwall", "forty", "4 May 1871", "Bartholomew Quill"}
    assert wanted | {"nineteen", "eleven hundred", "1902", "Jonas Adeyemi"} <= answers
    assert not answers & {"The", "Nobody", "He", "Its", "which", "a"}


def test_a_question_does_not_hold_its_answer() -> None:
    for question, answer in made(PORT + "The Orrin is a river, and Orrin Vale is its valley.\n"):
        assert question.count(BLANK) >= 1
        words = [word for word in answer.lower().split() if len(word) > 2]
        assert not set(words) & set(question.lower().replace(",", " ").split())


def test_a_number_written_twice_is_not_asked_for() -> None:
    said = "Of the absences of a member forty (40) are enough for a removal from the harbour.\n"
    assert "forty" not in {answer for question, answer in made(PORT + said) if "(40)" in question}


@pytest.mark.parametrize(
    "text",
    [
        "Sarah Penrose.",
        "and so Sarah Penrose went from the harbour to the hill",
        "def harbour(Sarah): return {Penrose} | harbour == None and not harbour.",
        "See https://example.org/Sarah for the harbour of Eastmere and all of it.",
        "He told them in the evening that Sarah Penrose had come by the last train.",
        "Well , she said so to Sarah Penrose , and then the whole of them went home .",
        "The method is the one that was described by Penrose (1804) and by Rook et al. there.",
        "The results of the whole of the trial are shown in Table 17 and in Figure 9 below.",
        "There were, so we are told, some three or four of them left when the boat came in.",
        "As the old saying goes there, the German is never late, and the Swiss is early.",
        "",
    ],
)
def test_what_is_no_prose_makes_no_question(text: str) -> None:
    assert made(text) == []


def test_a_round_is_spread_over_the_pages_and_can_be_checked() -> None:
    with Store(None) as store:
        document = fill(store)
        asked = list(Quiz(store, document, count=3, seed=1))
        assert [question["page"] for question in asked] == [1, 2, 3]
        for question in asked:
            assert set(question) >= KEYS
            whole = question["question"].replace(BLANK, question["answer"])
            assert whole in " ".join(question["passage"].split())
            line = PORT.splitlines()[PORT[: question["start"]].count("\n")]
            assert whole.startswith(line[:20])
        assert list(Quiz(store, document, count=3, seed=1)) == asked
        assert len(list(Quiz(store, document, count=99))) == 7  # of every one but "He wrote"


def test_nothing_after_the_border_is_asked() -> None:
    with Store(None) as store:
        document = fill(store)
        quiz = Quiz(store, document, count=50)
        for question in quiz:
            quiz.reply(question, "")
        for again in (Quiz(store, document, count=50, until=1), Quiz(store, document, until="1")):
            assert {question["page"] for question in again} == {1}
            assert "Jonas" not in json.dumps(list(again))


# -- grades -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "answer", "expected"),
    [
        ("tobias ROOK.", "Tobias Rook", RIGHT),
        ("the skerry islands", "Skerry Islands", RIGHT),
        ("Mr. Penhallow", "Penhallow", RIGHT),
        ("by Harlan of Quay Street", "Harlan of Quay Street", RIGHT),
        ("cafe", "Café", RIGHT),
        ("Skery Islands", "Skerry Islands", NEARLY),
        ("Rook", "Tobias Rook", NEARLY),
        ("Tusday", "Tuesday", NEARLY),
        ("Rook or Venn or Orme", "Rook", WRONG),
        ("Ruck", "Tobias Rook", WRONG),
        ("...", "Rook", WRONG),
        ("19", "nineteen", RIGHT),
        ("nineteen", "19", RIGHT),
        ("1,100 crowns", "eleven hundred", RIGHT),
        ("eleven hundred", "eleven hundred crowns", RIGHT),
        ("ninteen", "nineteen", NEARLY),
        ("eighteen", "nineteen", WRONG),
        ("1805", "1804", WRONG),
        ("ten", "1804", WRONG),
        ("22nd", "twenty-second", RIGHT),
        ("40 feet", "forty metres", WRONG),
        ("May 4th, 1871", "4 May 1871", RIGHT),
        ("1871-05-04", "the fourth of May 1871", RIGHT),
        ("4 May", "4 May 1871", NEARLY),
        ("5 May 1871", "4 May 1871", WRONG),
        ("  ", "Rook", SKIPPED),
    ],
)
def test_grades(given: str, answer: str, expected: str) -> None:
    assert grade(given, answer) == expected


@settings(deadline=None)
@given(st.text(max_size=40), st.text(min_size=1, max_size=40))
def test_any_reply_gets_a_grade(given: str, answer: str) -> None:
    assert grade(given, answer) in (RIGHT, NEARLY, WRONG, SKIPPED)
    if answer.strip():
        assert grade(answer, answer) == RIGHT


@settings(deadline=None)
@given(st.integers(0, 999_999))
def test_numbers_in_figures_and_in_words_are_one_number(value: int) -> None:
    assert number(f"{value:,}") == number(str(value)) == value


def test_numbers_and_dates_in_words() -> None:
    words = "seven", "twenty-two", "eleven hundred", "three thousand and five", "forty-first"
    assert [number(word) for word in words] == [7, 22, 1100, 3005, 41]
    assert number("a few") is number("") is number("-") is None
    assert date("fourth of April") == (None, 4, 4)
    assert date("12 Sept. 1805") == (1805, 9, 12)
    assert date("forty-five") is date("Rook") is date("9" * 400 + " May") is None


# -- the command ------------------------------------------------------------------------------


def test_sentences_are_plain_values() -> None:
    (sentence,) = sentences([page("One word.\n", label="iv")])
    assert sentence == Sentence("One word.", 0, 9, 1, "iv", None, 1, None, True)
