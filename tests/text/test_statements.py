"""What was answered wrong once: each of these was withdrawn, let through, or read as another."""

from __future__ import annotations

import pytest

from infinidoc.grounding.grounding import Grounding, grounded_stems, near_duplicates, supported
from infinidoc.text.dates import Date, date
from infinidoc.text.languages import language_of
from infinidoc.text.lines import one_line
from infinidoc.text.names import names_in
from infinidoc.text.numbers import number, numbers
from infinidoc.text.sentences import sentence_texts
from infinidoc.text.similarity import TfIdf, count_words, select_central
from infinidoc.text.words import content_words, forms_of, stem

TOWER = (
    "The tower was begun in May 1884. Will Scarlet of the IT department paid $3bn for it, which "
    "is a quarter of the whole; Captain Venn paid 25 per cent in March. Nobody else helped."
)


@pytest.mark.parametrize(
    "answer",
    [
        "in May 1884",
        "May 1884",
        "Will Scarlet",
        "the IT department",
        "Will Scarlet of the IT department paid 3 billion dollars.",
        "25 per cent",
        "25%",
        "a quarter",
        "Captain Venn paid a quarter in March.",
        "Capt. Venn",
    ],
)
def test_a_right_answer_is_not_withdrawn(answer: str) -> None:
    found = supported(answer, [TOWER])
    assert found.missing == ()
    assert found.enough


@pytest.mark.parametrize(
    ("answer", "missing"),
    [
        ("in June 1884", ("1884-6",)),
        ("in May 1885", ("1885-5",)),
        ("Robin Hood", ("Robin", "Hood")),
        ("4 billion dollars", ("4 billion",)),
        ("Captain Venn paid 30 per cent.", ("30 per cent",)),
        ("Rook", ("Rook",)),
    ],
)
def test_a_wrong_answer_is(answer: str, missing: tuple[str, ...]) -> None:
    assert supported(answer, [TOWER]).missing == missing


def test_what_the_question_says_needs_no_support() -> None:
    assert supported("Rook did not pay.", [TOWER], "Did Rook pay?").missing == ()


def test_a_lost_negation_bears_nothing_out() -> None:
    german = "Der Alarm wird vom Hausmeister nicht beendet. Er ist sehr laut."
    assert supported("Der Alarm wird vom Hausmeister nicht beendet.", [german]).enough
    lost = supported("Der Alarm wird vom Hausmeister beendet.", [german])
    assert not lost.enough
    assert lost.missing == ()
    assert supported("Der Wärter heißt Anton.", [german]).missing == ()
    assert "not in English (de)" in lost.notes[0]
    english = "The alarm is not ended by the keeper. It is very loud."
    assert not supported("The alarm is ended by the keeper.", [english]).enough
    assert supported("The alarm is not ended by the keeper.", [english]).enough
    assert supported("It is very loud.", [english]).notes == []


@pytest.mark.parametrize(
    "stamp", ["[02/09/2025, 18:02:11] ", "\u200e[02.09.25, 18:02:11] ", "9/2/25, 6:02 PM - "]
)
def test_a_message_of_a_chat_is_a_sentence(stamp: str) -> None:
    said = ["Marit: hi all", "Des: lemon please", "Marit: it is on Saturday"]
    lines = [stamp + one for one in said]
    assert sentence_texts("\n".join(lines)) == [line.strip() for line in lines]


def test_the_number_of_a_section_begins_a_block() -> None:
    said = "4.1. Of the first lamps\n4.2. Of oil\n\nThe pipe holds\n4.8 litres in all."
    sentences = ["Of the first lamps", "Of oil", "The pipe holds 4.8 litres in all."]
    assert sentence_texts(said) == sentences


def test_words_without_spaces_are_counted_joined_and_compared() -> None:
    text = "灯台守は毎晩\n 灯をともした"
    assert one_line(text) == "灯台守は毎晩灯をともした"
    assert one_line("the lamp\n was lit") == "the lamp was lit"
    assert count_words(text) == 8
    assert count_words("the lamp was lit") == 4
    texts = TfIdf([text, "船が港に着いた", "the lamp was lit"])
    assert texts.likeness("毎晩の灯台")[0] > 0.2
    assert texts.likeness("毎晩の灯台")[1:] == [0, 0]


def test_titles_do_not_end_a_sentence() -> None:
    said = "It rained. Mr. Darcy smiled. He met Mrs. Venn at 5 p.m. Nobody knew."
    assert sentence_texts(said) == [
        "It rained.",
        "Mr. Darcy smiled.",
        "He met Mrs. Venn at 5 p.m.",
        "Nobody knew.",
    ]


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("two million three hundred thousand", 2_300_000),
        ("one dozen", 12),
        ("a dozen", 12),
        ("$3bn", 3e9),
        ("3bn", 3e9),
        ("3 billion", 3e9),
        ("25 per cent", 0.25),
        ("a quarter", 0.25),
        ("four-and-twenty", 24),
        ("twenty-first", 21),
        ("12 men", None),
        ("-5", -5),
    ],
)
def test_a_number_alone(written: str, value: float | None) -> None:
    assert number(written) == value


def test_a_number_in_another_language_has_its_comma() -> None:
    assert numbers("1.250,50 Euro und 3,5 Prozent", "de") == [1250.5, 3.5]
    assert numbers("1,250.50 dollars") == [1250.5]


def test_a_date_alone() -> None:
    assert date("12 may 1884") == Date(1884, 5, 12)
    assert date("May") == Date(None, 5, None)
    assert date("the 12th of May, when it rained") is None


def test_names() -> None:
    assert names_in("Did Will Scarlet of the IT department meet Mr. May in May?") == [
        "Will",
        "Scarlet",
        "IT",
        "May",
    ]
    assert names_in("Where is valve B7?") == ["B7"]


def test_words() -> None:
    assert content_words("Where did the captain go, and why?") == ["captain", "go"]
    assert content_words("Wo ist der Kapitän?", "de") == ["wo", "kapitan"]
    assert stem("Häuser", "de") == stem("Häusern", "de")
    assert stem("Häuser", "xx") == "hauser"
    assert forms_of("ledgers") == ["ledgers", "ledger"]
    assert grounded_stems("in May 1884") == {"month 5", "1884"}
    assert near_duplicates("The debt was unknown.", "The debts were unknown!")
    assert language_of("12:00 pump 7") == "en"


def test_a_stretch_has_all_of_a_statement() -> None:
    read = Grounding(["Isolde wound the clock.", "It was noon.", "Rook owed forty crowns."])
    assert read.in_window("Isolde wound the clock at noon.").passage == 0
    assert read.in_window("Rook owed fifty crowns.").passage is None
    assert Grounding([]).support("anything").passage is None


def test_what_is_central_is_not_said_again() -> None:
    texts = ["the old harbour of Tarn", "the old harbour of Tarn", "the harbour fees", "a recipe"]
    assert [index for index, _ in select_central(texts, 2)] in ([0, 2], [0, 3])


@pytest.mark.parametrize(
    ("text", "cut"),
    [
        ("The seat is vacant.\n    a.  The Chair is told.\n    #.  The Clerk, too.\n",
         ["The seat is vacant.", "The Chair is told.", "The Clerk, too."]),
        ("Es gibt Obst:\nz. B. Kirschen.\n", ["Es gibt Obst: z. B. Kirschen."]),
        ("He drank from the vitamin\na. and slept.\n", ["He drank from the vitamin a. and slept."]),
    ],
)  # fmt: skip
def test_letters_that_mark_the_items_of_a_list_are_no_words(text: str, cut: list[str]) -> None:
    assert sentence_texts(text) == cut
