"""What code defines is found by its syntax: arrow functions, long signatures, defaults."""

from __future__ import annotations

from typing import Any

import pytest

from infinidoc.code.definitions import definitions
from infinidoc.code.lookup import defined_as
from infinidoc.code.source import Source

TYPESCRIPT = """\
import { clamp } from './util';

/** Height of the tide in centimetres. */
export const computeTide = (depth: number, factor = 3): number => {
  return clamp(depth * factor);
};

export default class Gauge<T extends object = {}> {
  private readings: number[] = [];
  /** Adds one reading. */
  record = async (value: number, unit = 'cm'): Promise<void> => {};
  async flush({ retries = 5, wait: pause = 250 } = {}, ...rest: string[]) {}
  get size(): number { return 1; }
}
const one = x => x, two = function* (a = [1, 2], b = (c = 3) => c) {};
const path = require('path');
/** Keeps what was made. */
export const kept = memoize((n: number) => n);
export const later: (
  a: number,
  b?: string,
) => Promise<void> = async (
  a = Math.max(1, 2),
  b = "x, y",
) => {};
export type Level = 'low' | 'high';
interface Shown { draw(width?: number): void }
module.exports.shut = () => {};
const text = `function no() {}`; // function neither() {}
"""
PYTHON = '''\
def smooth(
    rows: list[float],
    width: int = (
        7
    ),
    *,
    mode="edge",  # or "wrap", the default of old
    seed=None,
) -> list[float]:
    """Running mean."""
    def inner(a, b=3, /): ...
    return rows

TEXT = """
def no(): pass
"""
short = lambda x, y=2: x
@decorated
async def late(): pass
class Gauge: pass
'''


def names(text: str, path: str, nested: bool = True) -> dict[str, tuple[int, dict[str, str]]]:
    found = definitions(text, nested, path)
    return {one.name: (one.line + 1, one.defaults) for one in found}


@pytest.mark.parametrize("path", ["a.ts", "b/a.tsx"])
def test_what_typescript_defines(path: str) -> None:
    found = names(TYPESCRIPT, path)
    assert found["computeTide"] == (4, {"factor": "3"})
    assert found["Gauge"][0] == 8
    assert found["record"] == (11, {"unit": "'cm'"})
    assert found["flush"] == (12, {"retries": "5", "pause": "250"})
    assert found["one"][0] == 15
    assert found["two"] == (15, {"a": "[1, 2]", "b": "(c = 3) => c"})
    assert found["kept"][0] == 18
    assert found["later"] == (19, {"a": "Math.max(1, 2)", "b": '"x, y"'})
    assert {"Level", "Shown", "draw", "shut", "size"} <= set(found)
    assert not {"no", "neither", "path", "clamp"} & set(found)
    docs = {one.name: one.doc for one in definitions(TYPESCRIPT, True, path)}
    assert docs["computeTide"] == "Height of the tide in centimetres."
    assert docs["record"] == "Adds one reading."


def test_javascript_is_read_by_the_same_grammar() -> None:
    text = "const View = ({ size = 4 }) => <p>{size}</p>\nclass A { #x = 1; go = () => 1; }\n"
    assert names(text, "a.jsx")["View"] == (1, {"size": "4"})
    assert names(text, "a.mjs", nested=False).keys() == {"View", "A", "go"}  # all on line 1 and 2


def test_what_python_defines() -> None:
    found = names(PYTHON, "a.py")
    assert found["smooth"] == (1, {"width": "7", "mode": '"edge"', "seed": "None"})
    assert found["inner"] == (11, {"b": "3"})
    assert found["short"] == (17, {"y": "2"})
    assert found["late"][0] == 19
    assert "no" not in found
    assert "inner" not in names(PYTHON, "a.py", nested=False)


def test_a_piece_of_python_is_found_by_its_lines() -> None:
    assert names("        return 1\n\n\ndef f(a, b=2):\n", "a.py")["f"][0] == 4


@pytest.mark.parametrize(
    ("line", "known"),
    [
        ("type Alias = int", "before after"),
        ("class Box[T]: pass", "before Box after"),
        ("def pick[T: int](of: list[T]) -> T: return of[0]", "before pick after"),
        ("print 'to sea'", "before after"),
        ("text = f'{x['y' 'z']!}'", "before after"),
    ],
)
def test_a_line_of_another_grammar_hides_nothing_else(line: str, known: str) -> None:
    text = (
        f"def before(a=1):\n    return a\n\n{line}\n\ndef after(b=2):\n    {line}\n    return b\n"
    )
    found = {one.name: one for one in definitions(text, False, "a.py")}
    assert list(found) == known.split()
    assert found["after"].defaults == {"b": "2"}


def test_a_definition_stands_on_its_page_of_the_file() -> None:
    cut = TYPESCRIPT.index("  private")
    pages: list[dict[str, Any]] = []
    start, line = 100, 1
    for number, text in enumerate((TYPESCRIPT[:cut], TYPESCRIPT[cut:]), 5):
        page = {"number": number, "label": None, "path": "a.ts", "line": line, "start": start}
        pages.append({**page, "text": text, "end": start + len(text)})
        start, line = start + len(text), line + text.count("\n")
    (one,) = defined_as("record", Source(lambda: pages, "doc"))
    assert (one.evidence.page, one.evidence.where()) == (6, "a.ts:11")
    assert one.evidence.text.strip().startswith("record = async")
    (one,) = defined_as("Gauge", Source(lambda: pages, "doc"))
    assert (one.evidence.page, one.evidence.where()) == (5, "a.ts:8")


@pytest.mark.parametrize(
    ("path", "text", "lines", "documented"),
    [
        (
            "tide.go",
            "package tide\n\n// Level is a height.\ntype Level int\n\n// Rise adds to it.\n"
            "func (l Level) Rise(\n\tby int,\n) Level {\n\treturn l\n}\nfunc main() {}\n",
            {"Level": 4, "Rise": 7, "main": 12},
            {"Level", "Rise"},
        ),
        (
            "tide.rs",
            "/// A gauge at sea.\npub(crate) struct Gauge<'a> { name: &'a str }\n"
            "impl<'a> Gauge<'a> {\n"
            "    /// Reads it once.\n    pub async fn read(&self) -> u8 { 1 }\n}\n"
            "macro_rules! tide { () => {} }\nmod inner;\n",
            {"Gauge": 2, "read": 5, "tide": 7, "inner": 8},
            {"Gauge", "read"},
        ),
        (
            "Tide.java",
            "/** A gauge at sea. */\n@Deprecated\npublic final class Tide<T> {\n"
            '  String text = "class No {}";\n  static <T> int rise(T by) { return 1; }\n}\n',
            {"Tide": 3, "rise": 5},
            {"Tide"},
        ),
        (
            "tide.c",
            "/* Adds. */\nstatic int\nrise(int by)\n{\n\treturn by;\n}\nstruct gauge { int x; };\n"
            "typedef struct gauge gauge_t;\n",
            {"rise": 3, "gauge": 7, "gauge_t": 8},
            set(),
        ),
    ],
)
def test_what_compiled_languages_define(
    path: str, text: str, lines: dict[str, int], documented: set[str]
) -> None:
    found = names(text, path)
    assert {name: line for name, (line, _) in found.items()} == lines
    said = {one.name for one in definitions(text, True, path) if one.doc is not None}
    assert said >= documented
