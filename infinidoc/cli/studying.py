"""`quiz`: a document asks its reader."""

from __future__ import annotations

import re
import shutil
import sys
import textwrap
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from infinidoc.cli import display, options
from infinidoc.cli.housekeeping import _library
from infinidoc.errors import SourceError, UsageError

if TYPE_CHECKING:
    from infinidoc.studying.quiz import Quiz

INTERRUPTED, RIGHT = 130, "right"  # as studying.grading says it, which is slow to import
_HEADING = re.compile(r"^#{1,6}\s.*$", re.MULTILINE)
HELP = "type what belongs in the blank; Enter skips the question, /quit ends the round"
AROUND = 120  # characters of the passage shown before and after a sentence


def quiz(
    documents: options.Documents = None,
    count: Annotated[int, typer.Option("--count", help="How many questions.")] = 5,
    until: options.Until = None,
    seed: Annotated[
        int | None, typer.Option("--seed", help="The same round again, until you reply.")
    ] = None,
    wrong: Annotated[
        bool, typer.Option("--wrong", help="Only what was answered wrong last time.")
    ] = False,
    listing: Annotated[bool, typer.Option("--list", help="Show what is to be repeated.")] = False,
    anki: Annotated[
        Path | None, typer.Option("--anki", help="Write the questions to a file for Anki instead.")
    ] = None,
    database: options.Database = None,
    json: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """Ask you questions on a document, say what is right, and remember it for next time.

    What you got wrong comes first the next time; what you know well comes rarely: after 1,
    3, 7 and 21 days. Enter alone skips a question, /quit or Ctrl-D ends the round.

    infinidoc quiz --doc handbook --until 40

    infinidoc quiz --wrong

    infinidoc quiz --doc handbook --count 50 --anki handbook.txt

    infinidoc quiz --json --seed 1 < replies.txt
    """
    if documents and len(documents) > 1:
        raise UsageError("quiz takes one document at a time")
    name = documents[0] if documents else None
    with _library(database) as library:
        round_ = library.open_quiz(document=name, count=count, until=until, seed=seed, wrong=wrong)
        for note in [] if quiet else round_.notes:
            display.note(f"note: {note}")
        if listing:
            _list(round_, json)
        elif anki:
            _write_cards(round_, anki, quiet)
        elif json:
            _exchange(round_, quiet)
        else:
            _talk(round_, quiet)


def _write_cards(quiz: Quiz, file: Path, quiet: bool) -> None:
    """Questions, answers and places as the text that Anki imports; a second import adds none."""
    rows = [(q["question"], q["answer"], f"{q['document']}, {_place(q)}") for q in quiz]
    lines = ["\t".join(" ".join(cell.split()) for cell in row) for row in rows]
    head = "#separator:tab\n#html:false\n#columns:Front\tBack\tSource\n"
    try:
        with file.open("x", encoding="utf-8", newline="\n") as target:
            target.write(head + "".join(f"{line}\n" for line in lines))
    except OSError as error:
        reason = (error.strerror or "failed").lower()
        raise SourceError(f"cannot be written: {reason}", where=file) from error
    if not quiet:
        display.row(f"{display.count(len(lines), 'card')} written to {file}; Anki: File, Import")


def _exchange(quiz: Quiz, quiet: bool) -> None:
    """JSON lines: the questions alone if no reply waits on stdin, else graded replies."""
    reply: str | None = None
    for number, question in enumerate(quiz):
        if number == 0 or reply is not None:
            reply = None if _is_terminal() else _reply(_line)
            if reply is None and number > 0:
                break
        display.emit_json(question if reply is None else quiz.reply(question, reply))
    if any(quiz.score.values()) and not quiet:
        display.note(_score(quiz))


def _talk(quiz: Quiz, quiet: bool) -> None:
    """Question, reply, verdict; the score at the end, however it ends."""
    read, asked = _reader(), 0
    try:
        for asked, question in enumerate(quiz, 1):
            display.say(f"{asked}. {_wrapped(question['question'], '   ')}")
            reply = _reply(read)
            if reply is None:
                break
            display.say(_verdict(quiz.reply(question, reply), quiet))
    except KeyboardInterrupt:
        display.say()
        display.say(_score(quiz))
        raise typer.Exit(INTERRUPTED) from None
    display.say(_score(quiz) if asked else _nothing(quiz))


def _reader() -> Callable[[], str | None]:
    """How the next reply is read; None from it: there are no more."""
    if not (_is_terminal() and sys.stdout.isatty()):
        return _line
    with suppress(ImportError):
        import readline  # noqa: F401  input() edits the line with it, where there is one

    def ask() -> str | None:
        try:
            return input("> ")
        except EOFError:
            display.say()
            return None

    return ask


def _reply(read: Callable[[], str | None]) -> str | None:
    """The next line that is no command; None: the round ends. A command is never graded."""
    while (line := read()) is not None and line.lstrip().startswith("/"):
        if line.strip() == "/quit":
            return None
        display.note(HELP if line.strip() == "/help" else f"no such command: {line}; {HELP}")
    return line


def _is_terminal() -> bool:
    return sys.stdin is not None and sys.stdin.isatty()


def _line() -> str | None:
    """A line of stdin; None at its end."""
    try:
        line = sys.stdin.readline() if sys.stdin is not None else ""
    except UnicodeDecodeError as error:
        raise SourceError("the replies are no UTF-8 text", where="stdin") from error
    return line.rstrip("\n") if line else None


def _verdict(result: dict[str, Any], quiet: bool) -> str:
    """The grade, what is right, and the page and passage to check it by."""
    verdict = RIGHT if result["grade"] == RIGHT else f"{result['grade']}; right is"
    head = f"   {verdict}: {result['answer']}  [{_place(result)}]"
    passage = "" if quiet else f"\n   {_wrapped(_excerpt(result), '   ')}"
    return f"{head}{passage}\n"


def _excerpt(result: dict[str, Any]) -> str:
    """The sentence and what stands around it in the passage."""
    passage = " ".join(_HEADING.sub("", result["passage"]).split())
    before, _, after = result["question"].partition("____")
    at = passage.find(before + result["answer"] + after.split("____")[0])
    low = max(passage.rfind(" ", 0, max(at - AROUND, 0)), 0)
    end = at + len(result["question"]) + AROUND
    high = passage.find(" ", end) if end < len(passage) else -1
    high = len(passage) if high < 0 else high
    return f"{'… ' * (low > 0)}{passage[low:high].strip()}{' …' * (high < len(passage))}"


def _place(question: dict[str, Any]) -> str:
    keys = ("document", "page", "label", "path", "line", "start", "end")
    return display.place({**{key: question[key] for key in keys}, "text": "", "score": 0.0})


def _wrapped(text: str, indent: str) -> str:
    width = min(shutil.get_terminal_size().columns, 100)
    return textwrap.fill(
        " ".join(text.split()), width, initial_indent=indent, subsequent_indent=indent
    ).strip()


def _score(quiz: Quiz) -> str:
    said = [f"{count} {grade}" for grade, count in quiz.score.items() if count and grade != RIGHT]
    asked = sum(quiz.score.values())
    right = f"{quiz.score[RIGHT]} of {asked} right"
    return ", ".join([right, *said]) if asked else "nothing answered"


def _nothing(quiz: Quiz) -> str:
    """Why a round has no questions."""
    name, when = quiz.document["name"], quiz.next_due
    if quiz.wrong:
        return f"{name}: nothing was answered wrong last time"
    return f"{name}: everything was asked; " + (f"the next is due {_day(when)}" if when else "")


def _list(quiz: Quiz, json: bool) -> None:
    cards = list(quiz.repeating())
    if not cards and not json:
        display.note(f"{quiz.document['name']}: nothing to repeat yet")
    for card in cards:
        if json:
            display.emit_json(card)
            continue
        when = _day(datetime.fromisoformat(card["due"]))
        display.say(
            f"box {card['box']}, due {when}, right {card['right']} of {card['asked']}, "
            f"{_place(card)}: {' '.join(card['question'].split())}"
        )


def _day(when: datetime) -> str:
    return "now" if when <= datetime.now(when.tzinfo) else f"on {when:%Y-%m-%d}"
