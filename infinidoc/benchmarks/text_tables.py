"""How well the text room cuts sentences, reads numbers and dates, and checks statements.

The tables are those of `tests/text`: `prose/*.txt` has passages of many kinds of text, half
of them held out when the rules were written. In a passage "‖" stands behind each sentence;
behind "@@" come statements it bears out, and what is exchanged in each to make it false.
`numbers.txt` and `dates.txt` have a text and its values on each line, every second line
held out. Needs no model.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from infinidoc.grounding.grounding import supported
from infinidoc.text.dates import dates
from infinidoc.text.languages import language_of
from infinidoc.text.numbers import numbers
from infinidoc.text.sentences import sentence_spans

TUNED, HELD_OUT = "tuned", "held out"
Borders = set[int]  # places in a text, in characters that are no white space
_PLAIN = re.compile(r"[.!?][\"')\]]*(?=\s)|\n[ \t]*\n")


@dataclass(frozen=True)
class Case:
    """A statement that a passage bears out, and one that it does not ("" if there is none)."""

    true: str
    false: str


@dataclass(frozen=True)
class Sample:
    """A passage of a kind of text, where its sentences end, and what can be said of it."""

    kind: str
    part: str
    text: str
    borders: frozenset[int]
    statements: tuple[Case, ...]

    @property
    def language(self) -> str:
        return language_of(self.text)


def samples(folder: Path) -> Iterator[Sample]:
    """The passages of `folder`/prose."""
    for path in sorted((folder / "prose").glob("*.txt")):
        for part in re.split(r"^%% ", path.read_text("utf-8"), flags=re.M)[1:]:
            name, rest = part.split("\n", 1)
            marked, _, said = rest.partition("@@\n")
            text, borders = _unmarked(marked.strip("\n"))
            lines = tuple(_statement(line) for line in said.split("\n") if "|" in line)
            yield Sample(path.stem, name.strip(), text, borders, lines)


def _unmarked(marked: str) -> tuple[str, frozenset[int]]:
    """The text without its marks, and its borders: marks, blank lines and its end."""
    text = marked.replace("‖", "")
    borders = {_place(part) for part in _beginnings(marked, "‖")}
    borders |= {_place(text[: match.start()]) for match in re.finditer(r"\n[ \t]*\n", text)}
    return text, frozenset(borders | {_place(text)})


def _beginnings(marked: str, mark: str) -> Iterator[str]:
    for match in re.finditer(mark, marked):
        yield marked[: match.start()].replace(mark, "")


def _place(text: str) -> int:
    return len("".join(text.split()))


def _statement(line: str) -> Case:
    true, _, change = line.partition("|")
    old, _, new = (part.strip() for part in change.partition(">"))
    false = " ".join(true.replace(old, new, 1).split()) if old else ""
    return Case(true.strip(), false)


# -- sentences ---------------------------------------------------------------------------------


def own_borders(text: str) -> Borders:
    """Where `sentence_spans` ends its sentences."""
    return {_place(text[: span.end]) for span in sentence_spans(text)} | {_place(text)}


def plain_borders(text: str) -> Borders:
    """A stop and white space, or a blank line: what a plain regular expression finds."""
    return {_place(text[: m.end()]) for m in _PLAIN.finditer(text)} | {_place(text)}


def cutters() -> dict[str, Callable[[str], Borders]]:
    """This cutter, a plain expression, and pysbd if it is installed."""
    found: dict[str, Callable[[str], Borders]] = {
        "infinidoc": own_borders,
        "regex": plain_borders,
    }
    try:
        import pysbd
    except ImportError:
        return found

    def other_borders(text: str) -> Borders:
        cutter = pysbd.Segmenter(language=language_of(text), clean=False, char_span=True)
        return {_place(text[: span.end]) for span in cutter.segment(text)} | {_place(text)}

    return {**found, "pysbd": other_borders}


def border_f1(cutter: Callable[[str], Borders], chosen: list[Sample]) -> float:
    """F1 of the borders over all passages together."""
    both = sum(len(cutter(one.text) & one.borders) for one in chosen)
    return 2 * both / sum(len(cutter(one.text)) + len(one.borders) for one in chosen)


# -- numbers and dates -------------------------------------------------------------------------


def right_values(folder: Path, part: str) -> dict[str, float]:
    """The share of lines whose numbers, or dates, are all read and nothing else is."""
    lines = _lines(folder / "numbers.txt", part)
    right = [_values(wanted) == [round(v, 6) for v in numbers(text)] for text, wanted in lines]
    dated = [
        wanted.split() == [_written(date) for date, _, _ in dates(text)]
        for text, wanted in _lines(folder / "dates.txt", part)
    ]
    return {"numbers": sum(right) / len(right), "dates": sum(dated) / len(dated)}


def _lines(path: Path, part: str) -> list[tuple[str, str]]:
    lines = [line for line in path.read_text("utf-8").splitlines() if line and line[0] != "#"]
    rows = [line.rsplit("|", 1) for line in lines[part == HELD_OUT :: 2]]
    return [(text.strip(), wanted) for text, wanted in rows]


def _values(wanted: str) -> list[float]:
    return [round(float(Fraction(value)), 6) for value in wanted.split()]


def _written(date: tuple[int | None, ...]) -> str:
    return "-".join("?" if part is None else str(part) for part in date)


# -- statements --------------------------------------------------------------------------------


def verdicts(chosen: list[Sample]) -> dict[str, tuple[int, int]]:
    """(how many, of how many): true ones withdrawn and not borne out, false ones let through."""
    cases = [(one.text, statement) for one in chosen for statement in one.statements]
    true = [supported(statement.true, [text]) for text, statement in cases]
    false = [supported(s.false, [text]) for text, s in cases if s.false]
    return {
        "true, withdrawn": (sum(bool(found.missing) for found in true), len(true)),
        "true, not borne out": (sum(not found.enough for found in true), len(true)),
        "false, not withdrawn": (sum(not found.missing for found in false), len(false)),
        "false, borne out": (sum(found.enough for found in false), len(false)),
    }


def run(folder: Path) -> None:
    """Print every figure for both halves, and one JSON line."""
    table: dict[str, dict[str, object]] = {}
    read = list(samples(folder))
    for part in (TUNED, HELD_OUT):
        row: dict[str, object] = {**right_values(folder, part)}
        for group, english in (("English", True), ("other", False)):
            chosen = [p for p in read if p.part == part and (p.language == "en") is english]
            for name, cutter in cutters().items():
                row[f"borders F1, {group}, {name}"] = round(border_f1(cutter, chosen), 3)
            for what, (count, total) in verdicts(chosen).items():
                row[f"{what}, {group}"] = f"{count} of {total}"
        table[part] = row
    for key in table[TUNED]:
        print(f"{key:36} tuned {table[TUNED][key]!s:>12}   held out {table[HELD_OUT][key]!s:>12}")
    print(json.dumps(table))
