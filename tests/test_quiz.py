"""A document asks its reader: valid questions, fair grades, and a memory of what was wrong."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from infinidoc.retrieval.page_sentences import Sentence, sentences
from infinidoc.store import Store
from infinidoc.store.replies import replies
from infinidoc.studying import schedule
from infinidoc.studying.cloze import BLANK, questions
from infinidoc.studying.grading import NEARLY, RIGHT, SKIPPED, WRONG, grade
from infinidoc.studying.quiz import Quiz
from infinidoc.studying.terms import Terms
from infinidoc.text.dates import date
from infinidoc.text.numbers import number
from tests.conftest import Outcome

Cli = Callable[..., Outcome]
KEYS = {"question", "answer", "kind", "page", "label", "path", "line", "passage"}
PORT = """\
# The Harbour

The harbour of Eastmere was built in 1804 by Sarah Penrose, who came from Kirkwall.
The mole is forty metres long, and the lamp on it was lit for the first time in March.
Nobody in Eastmere had seen such a lamp.

# The Bridge

The bridge across the river Orrin was opened on 4 May 1871 by the old mayor of Eastmere.
The toll was nineteen pence, and the keeper of the toll was called Bartholomew Quill.
He wrote down what Sarah Penrose had told him.

# The Mill

The mill at Tarn Ford ground rye for eleven hundred people until the flood of 1902.
Its last miller, a man called Jonas Adeyemi, sold the stones to a museum in Kirkwall.
"""


@pytest.fixture
def port(tmp_path: Path) -> Path:
    path = tmp_path / "port.md"
    path.write_text(PORT, "utf-8")
    return path


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Time stands still; call it to let days go by."""
    at = [datetime(2030, 1, 1, tzinfo=UTC)]
    monkeypatch.setattr(schedule, "now", lambda: at[0])

    def pass_days(days: float) -> None:
        at[0] += timedelta(days=days)

    return pass_days


def page(text: str, number: int = 1, start: int = 0, **fields: Any) -> dict[str, Any]:
    base = {"number": number, "label": None, "path": None, "line": 1, "title": None, "chapter": 0}
    return {**base, "text": text, "start": start, "end": start + len(text), **fields}


def fill(store: Store, text: str = PORT) -> dict[str, Any]:
    """A document of one page per chapter, without a model."""
    document, at = store.add_document("port", "text", {}, "/port.md", "ff"), 0
    parts = ["# " + part for part in text.split("# ")[1:]] or [text]
    for row in (page(part, count) for count, part in enumerate(parts, 1)):
        row |= {"start": at, "end": at + len(row["text"]), "problem": None, "chapter": 1}
        store.add_pages(document, [row])
        kept = ("start", "end", "line", "text")
        store.add_passages(document, [{"page": row["number"], **{key: row[key] for key in kept}}])
        at = row["end"]
    store.update_document(document, status="complete", pages=len(parts), characters=at)
    return store.document(document)


# -- sentences -----------------------------------------------------------------------------


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


# -- questions -----------------------------------------------------------------------------


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


# -- grades --------------------------------------------------------------------------------


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


# -- repeating -----------------------------------------------------------------------------


def test_boxes_rise_and_fall() -> None:
    log = [{"question": "q", "asked": "2030-01-01T00:00:00+00:00"}]
    boxes = []
    for result in (RIGHT, NEARLY, RIGHT, SKIPPED, RIGHT, RIGHT, RIGHT, WRONG):
        log[-1]["grade"] = result
        (card,) = schedule.cards(log)
        boxes.append(card.box)
        log.append(dict(log[-1]))
    assert boxes == [2, 2, 3, 3, 4, 5, 5, 1]
    assert (card.asked, card.right, card.was_wrong) == (7, 5, True)


def test_what_was_wrong_comes_first_and_what_is_known_comes_rarely(
    clock: Callable[[float], None],
) -> None:
    with Store(None) as store:
        document = fill(store)
        first = Quiz(store, document, count=3, seed=1)
        known, wrong, skipped = list(first)
        first.reply(known, known["answer"])
        first.reply(wrong, "no idea")
        first.reply(skipped, "")
        assert first.score == {RIGHT: 1, NEARLY: 0, WRONG: 1, SKIPPED: 1}
        again = [question["question"] for question in Quiz(store, document, count=4)]
        assert again[:2] == [wrong["question"], skipped["question"]]
        assert known["question"] not in again
        only = Quiz(store, document, wrong=True)
        assert [question["question"] for question in only] == [wrong["question"]]
        clock(1.01)
        again = [question["question"] for question in Quiz(store, document, count=3)]
        assert again == [q["question"] for q in (wrong, skipped, known)]
        only.reply(wrong, wrong["answer"])
        assert list(Quiz(store, document, wrong=True)) == []


def test_a_round_of_nothing_says_when_the_next_is_due(clock: Callable[[float], None]) -> None:
    with Store(None) as store:
        document = fill(store, "The toll at Eastmere was nineteen pence in those days.\n")
        for _ in range(2):
            quiz = Quiz(store, document)
            for question in quiz:
                quiz.reply(question, question["answer"])
        later = Quiz(store, document)
        assert list(later) == []
        assert later.next_due == datetime(2030, 1, 2, tzinfo=UTC)


def test_replies_go_with_their_document_and_are_not_exported(tmp_path: Path) -> None:
    from infinidoc.store.portable import export_document

    with Store(tmp_path / "library.db") as store:
        document = fill(store)
        quiz = Quiz(store, document, count=1)
        quiz.reply(next(iter(quiz)), "a private thought")
        (kept,) = replies(store, document["id"])
        assert kept["given"] == "a private thought"
        export_document(store, document["id"], tmp_path / "port.infinidoc")
        assert b"private thought" not in (tmp_path / "port.infinidoc").read_bytes()
        store.remove(document["id"])
        assert replies(store, document["id"]) == []


# -- the command ---------------------------------------------------------------------------


def test_a_round_with_replies_on_stdin(cli: Cli, port: Path) -> None:
    cli("ingest", port)
    asked = cli("quiz", "--json", "--seed", "1", "--count", "3").out.splitlines()
    answers = [json.loads(line)["answer"] for line in asked]
    assert len(answers) == 3
    stdin = f"{answers[0]}\n\nperhaps\n".encode()
    result = cli("quiz", "--json", "--seed", "1", "--count", "3", stdin=stdin)
    lines = [json.loads(line) for line in result.out.splitlines()]
    assert [line["grade"] for line in lines] == [RIGHT, SKIPPED, WRONG]
    assert lines[2]["given"] == "perhaps"
    assert result.err == "1 of 3 right, 1 wrong, 1 skipped\n"
    (wrong,) = cli("quiz", "--wrong", "--json").out.splitlines()
    assert json.loads(wrong)["question"] == lines[2]["question"]
    listed = [json.loads(line) for line in cli("quiz", "--list", "--json").out.splitlines()]
    assert [card["box"] for card in listed] == [1, 1, 2]
    assert "box 1, due now, right 0 of 1, page 3, line" in cli("quiz", "--list").out


def test_cards_for_anki(cli: Cli, port: Path, tmp_path: Path) -> None:
    cli("ingest", port)
    file = tmp_path / "cards.txt"
    assert "4 cards written to" in cli("quiz", "--count", "4", "--anki", file).out
    lines = file.read_text("utf-8").splitlines()
    assert lines[:3] == ["#separator:tab", "#html:false", "#columns:Front\tBack\tSource"]
    cards = [line.split("\t") for line in lines[3:]]
    assert len(cards) == 4
    for front, back, source in cards:
        assert BLANK in front
        assert back in PORT
        assert source.startswith("port, ")
    again = cli("quiz", "--anki", file)
    assert (again.code, "file exists" in again.err) == (1, True)


def test_what_a_person_sees(cli: Cli, port: Path) -> None:
    cli("ingest", port)
    (first, *_) = cli("quiz", "--json", "--seed", "3").out.splitlines()
    answer = json.loads(first)["answer"]
    result = cli("quiz", "--seed", "3", stdin=f"{answer}\nnonsense\n".encode())
    assert result.code == 0
    assert f"right: {answer}  [page 1, line " in result.out
    assert "wrong; right is: " in result.out
    assert result.out.endswith("1 of 2 right, 1 wrong\n")
    assert cli("quiz").out.endswith("nothing answered\n")


@pytest.mark.parametrize("json", [[], ["--json"]])
def test_a_command_is_never_graded(cli: Cli, port: Path, json: list[str]) -> None:
    cli("ingest", port)
    result = cli("quiz", *json, stdin=b"/help\nnonsense\n/hlep\n/quit\n")
    assert "Enter skips the question" in result.err
    assert "no such command: /hlep" in result.err
    assert "0 of 1 right, 1 wrong\n" in result.out + result.err
    assert len(cli("quiz", "--list", "--json").out.splitlines()) == 1


def test_an_interrupted_round_keeps_its_score(
    cli: Cli, port: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from infinidoc.cli import studying

    lines = ["no"]

    def interrupted() -> str:
        if not lines:
            raise KeyboardInterrupt
        return lines.pop()

    cli("ingest", port)
    monkeypatch.setattr(studying, "_line", interrupted)
    result = cli("quiz")
    assert result.code == 130
    assert result.out.endswith("\n0 of 1 right, 1 wrong\n")


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["--count", "0"], 2, "no round of 0 questions"),
        (["--doc", "nothing"], 1, "no such document"),
        (["--doc", "a", "--doc", "b"], 2, "one document at a time"),
        (["--until", "99"], 1, "no such page"),
    ],
)
def test_what_makes_no_sense(
    cli: Cli, port: Path, arguments: list[str], code: int, words: str
) -> None:
    cli("ingest", port)
    result = cli("quiz", *arguments)
    assert (result.code, words in result.err) == (code, True)


def test_texts_and_replies_that_are_none(cli: Cli, port: Path, tmp_path: Path) -> None:
    assert cli("quiz").code == 1
    log = tmp_path / "log.txt"
    log.write_text("12:01 started\n12:02 failed\n")
    cli("ingest", log)
    result = cli("quiz")
    assert (result.code, "no sentence" in result.err) == (1, True)
    cli("ingest", port)
    result = cli("quiz", stdin=b"\xff\xfe\n")
    assert (result.code, "UTF-8" in result.err) == (1, True)


def test_a_round_in_a_terminal(cli: Cli, port: Path, home: Path) -> None:
    pexpect = pytest.importorskip("pexpect")
    if not hasattr(pexpect, "spawn"):
        pytest.skip("this system has no pseudo-terminals")
    cli("ingest", port)
    environment = {**os.environ, "INFINIDOC_HOME": str(home), "TERM": "dumb", "COLUMNS": "100"}
    arguments = ["-m", "infinidoc", "quiz", "--seed", "1", "--count", "4"]

    def start() -> Any:
        return pexpect.spawn(
            sys.executable,
            arguments,
            env=environment,
            encoding="utf-8",
            timeout=60,
            preexec_fn=partial(signal.signal, signal.SIGINT, signal.default_int_handler),
        )  # tests that run in the background would have it deaf to Ctrl-C

    terminal = start()
    terminal.expect("1\\. .*\r\n> ")
    terminal.sendline("xylophone")
    terminal.expect("wrong; right is: .*page 1, line")
    terminal.expect("2\\. .*\r\n> ")
    terminal.sendline("")
    terminal.expect("skipped; right is: ")
    terminal.expect("3\\. .*\r\n> ")
    terminal.sendeof()
    terminal.expect("0 of 2 right, 1 wrong, 1 skipped")
    terminal.expect(pexpect.EOF)
    terminal.close()
    assert terminal.exitstatus == 0
    terminal = start()
    terminal.expect("1\\. .*\r\n> ")
    terminal.sendintr()
    terminal.expect("nothing answered")
    terminal.expect(pexpect.EOF)
    terminal.close()
    assert terminal.exitstatus == 130


def test_a_round_loads_no_model(cli: Cli, port: Path, home: Path) -> None:
    cli("ingest", port)
    code = (
        "import sys; from infinidoc.__main__ import main; sys.argv = ['infinidoc', 'quiz', '-q']\n"
        "try: main()\nexcept SystemExit: pass\n"
        "print([m for m in ('torch', 'transformers', 'pymupdf') if m in sys.modules])"
    )
    environment = {**os.environ, "INFINIDOC_HOME": str(home)}
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, input="x\n")
    assert done.stdout.splitlines()[-1] == "[]"


def test_sentences_are_plain_values() -> None:
    (sentence,) = sentences([page("One word.\n", label="iv")])
    assert sentence == Sentence("One word.", 0, 9, 1, "iv", None, 1, None, True)
