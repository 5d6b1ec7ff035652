"""Code is asked by names that are ordinary words, by kinds of definitions, and for calls."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from infinidoc.code.lookup import is_test, stated
from infinidoc.code.source import Source
from infinidoc.library import Library
from infinidoc.questions.definitions_asked import definitions_listed
from infinidoc.questions.question_kinds import kind_of
from infinidoc.questions.symbols_asked import meanings
from infinidoc.trees.calls import call_lines

FILES = {
    "lib/shop.py": (
        "from lib.till import ring\n\nVAT = 19\n\n\nclass Shop:\n    def open(self):\n"
        "        return self.door\n\n    def sell(self, item):\n        ring(item)\n\n\n"
        "class Stall(Shop):\n    pass\n\n\ndef count(stock):\n    return len(stock)\n"
    ),
    "lib/till.py": (
        '"""The till."""\n\n\ndef ring(item):  # ring(1) rings\n    """Notes an item."""\n'
        "    def note(of):\n        return of\n\n    return note(item)\n"
    ),
    "lib/scale.rs": (
        "pub struct Scale { load: u8 }\npub trait Weigh { fn weigh(&self) -> u8; }\n"
        "impl Weigh for Scale {\n    fn weigh(&self) -> u8 { self.load }\n}\n"
        "impl Scale {\n    pub fn new() -> Self { Scale { load: 0 } }\n}\n"
    ),
    "test_shop.py": (
        'def open():\n    """Opens all. Returns nothing."""\n\n\ndef test_ring():\n    ring(2)\n'
    ),
    "NOTES.md": "Call `ring(item)` for each. The ring is loud.\n",
}


def read(files: dict[str, str], folder: Path, model: Path) -> Iterator[Library]:
    """A library that has read a folder of these files."""
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    with Library(folder.parent / "library.db", model=str(model)) as library:
        library.ingest(folder)
        yield library


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory, tiny_model: Path) -> Iterator[Library]:
    yield from read(FILES, tmp_path_factory.mktemp("code") / "shop", tiny_model)


def lines(answer: str) -> list[str]:
    return [line for line in answer.split("\n") if not line.startswith("(")]


@pytest.mark.parametrize(
    ("question", "places"),
    [
        (
            "Where is open defined?",
            ["lib/shop.py:7: method Shop.open", "test_shop.py:1: function open"],
        ),
        ("Where is Shop.open defined?", ["lib/shop.py:7: method Shop.open"]),
        ("Where is count defined?", ["lib/shop.py:18: function count"]),
        ("In which file is ring defined?", ["lib/till.py:4: function ring"]),
        ("Where is the Stall class defined?", ["lib/shop.py:14: class Stall"]),
        ("Where is the Scale struct defined?", ["lib/scale.rs:1: struct Scale"]),
        ("Where is VAT defined?", ["lib/shop.py:3: constant VAT"]),
        ("List all classes", ["lib/shop.py:6: class Shop", "lib/shop.py:14: class Stall"]),
        ("Which structs are defined here?", ["lib/scale.rs:1: struct Scale"]),
        ("List the traits", ["lib/scale.rs:2: trait Weigh"]),
        ("What traits does Scale implement?", ["lib/scale.rs:3: trait Weigh"]),
        (
            "What are the methods of Shop?",
            ["lib/shop.py:7: method Shop.open", "lib/shop.py:10: method Shop.sell"],
        ),
        (
            "List all methods of Scale",
            ["lib/scale.rs:4: method Scale.weigh", "lib/scale.rs:7: method Scale.new"],
        ),
        (
            "What functions does till.py define?",
            ["lib/till.py:4: function ring", "lib/till.py:6: function note"],
        ),
        (
            "List all functions",
            ["lib/shop.py:18: function count", "lib/till.py:4: function ring",
             "test_shop.py:1: function open", "test_shop.py:5: function test_ring"],
        ),
    ],
)  # fmt: skip
def test_definitions_are_told_with_their_places(
    shop: Library, question: str, places: list[str]
) -> None:
    result = shop.ask(question)
    assert lines(result["answer"]) == places
    assert result["confidence"] == 1.0


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        (
            "How many functions are there?",
            "4 functions, 2 of them in tests (all 5 pages were searched)",
        ),
        ("What does Shop.open return?", "`self.door` [lib/shop.py:7]"),
        ("What does count return?", "`len(stock)` [lib/shop.py:18]"),
        (
            "Who calls ring?",
            "Called by this name on 2 lines of 2 files: lib/shop.py:11 (in Shop.sell) and "
            "test_shop.py:6 (in test_ring).",
        ),
        (
            "Where is ring used?",
            "On 3 lines of 2 files, definitions and comments aside: lib/shop.py:1, lib/shop.py:11 "
            "and test_shop.py:6.",
        ),
        (
            "Who calls Stall?",
            "Not in this document.",
        ),
    ],
)  # fmt: skip
def test_what_code_does_is_told_by_its_trees(shop: Library, question: str, answer: str) -> None:
    assert shop.ask(question)["answer"] == answer


@pytest.mark.parametrize("name", ["find", "Reader", "over", "list", "file", "first", "type", "is"])
@pytest.mark.parametrize(
    ("wording", "kind"),
    [
        ("Where is {} defined?", "defined"),
        ("In which file is {} defined?", "defined"),
        ("Which line defines {}?", "defined"),
        ("What does {} return?", "returns"),
        ("What does the {} function do?", "does"),
        ("Who calls {}?", "used"),
    ],
)
def test_an_ordinary_word_is_a_name_where_code_defines_it(
    wording: str, kind: str, name: str
) -> None:
    question = wording.format(name)
    plain = kind_of(question, code=True)
    meant = next(meanings(question, plain, lambda word: word == name))
    assert (meant.name, meant.target, meant.subject) == (kind, "symbol", name)


@pytest.mark.parametrize(
    "question",
    [
        "Which methods did the author use?",
        "What are the classes of ships in the harbour?",
        "How many functions did the mayor attend last year?",
        "Where is the key to the cellar?",
        "What is the default judgment in this case?",
        "What does the mayor do?",
        "How does the author work?",
    ],
)
def test_a_word_that_code_defines_does_not_make_every_question_one_about_it(question: str) -> None:
    words = {"author", "key", "ships", "case", "year", "mayor"}
    meant = list(meanings(question, kind_of(question, code=True), words.__contains__))
    assert not [kind for kind in meant if kind.target in ("symbol", "definitions")]


@pytest.mark.parametrize(
    ("written", "subject"),
    [
        ("Where is rise! defined?", "rise!"),
        ("Who calls dry??", "dry?"),
        ("Which functions read the key?", "read the key"),  # no list of all
        ("Where is #hidden defined?", "#hidden"),
        ("Where is rise defined?", "rise"),
    ],
)
def test_marks_belong_to_a_name(written: str, subject: str) -> None:
    meant = next(meanings(written, kind_of(written, code=True), lambda _: False))
    assert meant.subject == subject


@pytest.mark.parametrize(
    ("path", "text", "called"),
    [
        ("a.py", "from x import f\ndef f(): pass\nf(1)\nx.f()\n# f()\ns = 'f()'\ng(f)\n", [2, 3]),
        ("a.py", "a.b(\n).f(2)\n@f(1)\ndef g(): pass\n", [1, 2]),
        ("a.ts", "import { f } from 'x'\nfunction f() {}\nx.f<T>(f)\nnew f()\ng(f)\n", [2, 3]),
        ("a.go", "package a\nfunc f() {}\nfunc g() {\n\tx.f(1)\n\th(f)\n}\n", [3]),
        ("a.rs", "use a::f;\nfn f() {}\nfn g() {\n a::f(1); f!();\n h!(x, f(2));\n f::<T>();\n}\n",
         [3, 4, 5]),
        ("A.java", "class A {\n int f() { return 1; }\n int g() {\n  this.f();\n }\n}\n", [3]),
        ("a.c", "int f(int);\nint f(int x) { return 1; }\nint g() {\n return p->f(2) + f(1);\n}\n",
         [3]),
        ("a.cs", "class A {\n int f() => 1;\n int g() => x.f();\n}\n", [2]),
        ("a.rb", "def f(x); end\nx.f(1)\nf 2\n", [1, 2]),
        ("a.php", "<?php\nfunction f() {}\nf();\n$x->f();\nA::f();\n", [2, 3, 4]),
        ("a.kt", "fun f() = 1\nfun g() { x.f(); }\n", [1]),
        ("a.swift", "func f() {}\nfunc g() { x.f(1) }\n", [1]),
        ("a.sh", "f() { echo; }\nf 1\necho f\n", [1]),
        ("a.lua", "function f() end\nx.f(1)\n", [1]),
    ],
)  # fmt: skip
def test_a_call_is_what_the_grammar_takes_for_one(path: str, text: str, called: list[int]) -> None:
    assert call_lines("f", text, path) == called


@pytest.mark.parametrize(
    ("path", "tests"),
    [
        ("tests/a.py", True),
        ("src/test/java/A.java", True),
        ("test_a.py", True),
        ("a_test.go", True),
        ("a.spec.ts", True),
        ("a.test.js", True),
        ("src/latest/attest.py", False),
        ("testing.py", False),
        ("specification.py", False),
    ],
)
def test_files_of_tests_are_told_by_their_names(path: str, tests: bool) -> None:
    assert is_test(path) == tests


KINDS_OF_CODE = {
    "src/lib.rs": """\
use std::ops::Deref;
use crate::gear::Cog;

pub struct Winch { cogs: u8 }
impl Deref for Winch {
    type Target = u8;
    fn deref(&self) -> &u8 { &self.cogs }
}
pub const MAX_COGS: usize = 12;
#[test]
fn turns() {}
""",
    "rope.ts": """\
import {
\tHook,
} from './hook.js';

export class Rope<T = Eye> extends Hook {}
export class Line extends Rope {}

export function splice(rope: Rope, ends = 2) {
\tif (!rope) {
\t\tthrow new TypeError('no rope');
\t}

\treturn rope; // the same one
}
function fray() {}
""",
    "knot.h": """\
#ifndef KNOT_H
#define KNOT_H
#include <stdio.h>
#define MAX_TURNS 7
/* Ties a knot. Returns 0 on success, -1 if the rope is
   too short. */
int tie(const char* rope);
#endif
""",
    "lib/ties.sh": """\
source "$HERE/knots.bash"

# compares two knots. Return 0 when they are alike
same_knot() { # <one> <other>
  return 2 # use another code
}
""",
    "test/rope.test.ts": """\
import test from 'ava';

test('splices', t => {});
test.serial('frays', t => {});
""",
}


@pytest.fixture(scope="module")
def rigging(tmp_path_factory: pytest.TempPathFactory, tiny_model: Path) -> Iterator[Library]:
    yield from read(KINDS_OF_CODE, tmp_path_factory.mktemp("code") / "rigging", tiny_model)


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("Which classes extend Hook?", ["rope.ts:5: class Rope"]),
        ("Which types implement Deref?", ["src/lib.rs:5: Deref for Winch"]),
        ("List all classes in src", ["src/lib.rs:4: struct Winch"]),
        (
            "List all exported functions of rope.ts",
            ["rope.ts:8: function splice"],
        ),
        ("How many functions are there in lib?", ["1 function (all 5 pages were searched)"]),
        ("How many tests are there?", ["3 tests (all 5 pages were searched)"]),
        ("How many test cases are in rope.test.ts?", ["2 tests (all 5 pages were searched)"]),
        ("What does splice throw?", ["`TypeError('no rope')` [rope.ts:8]"]),
        ("What is MAX_TURNS?", ["`#define MAX_TURNS 7` [knot.h:4]"]),
        ("What is the value of MAX_COGS?", ["`pub const MAX_COGS: usize = 12;` [src/lib.rs:9]"]),
        ("What does tie return?", ["0 on success, -1 if the rope is too short [knot.h:7]"]),
        ("What does same_knot return?", ["0 when they are alike [lib/ties.sh:4]"]),
        ("Which files import Hook?", ["Imported on 1 line of 1 file: rope.ts:1."]),
        ("Which files import hook.js?", ["Imported on 1 line of 1 file: rope.ts:1."]),
        ("Which files source knots.bash?", ["Imported on 1 line of 1 file: lib/ties.sh:1."]),
        ("What includes stdio.h?", ["Imported on 1 line of 1 file: knot.h:3."]),
        ("Where is Cog imported?", ["Imported on 1 line of 1 file: src/lib.rs:2."]),
    ],
)
def test_what_code_says_in_its_own_words_is_told(
    rigging: Library, question: str, said: list[str]
) -> None:
    result = rigging.ask(question)
    assert lines(result["answer"]) == said
    assert (result["confidence"], result["tokens_read"]) == (1.0, 0)


TOLD = {
    "README.md": "# weighbridge\n\nUsed by many.\n\n**Weighbridge** (a scale) is a library.\n",
    "package.json": '{\n  "name": "weighbridge",\n  "description": "Weighs lorries"\n}\n',
    "lib/options.ts": (
        "/**\nHow often a weight is asked for.\n\n@default 10\n*/\n"
        "export function maxTries(): number {\n\treturn tries;\n}\n\n"
        "export class TryError extends Error {}\n\nexport class WireLost extends TryError {}\n\n"
        "export class Lorry {}\n"
    ),
    "test/options.ts": (
        "import {maxTries} from '../lib/options.js';\n\nfunction triesAgain() {\n"
        "\texpect(maxTries()).toBe(10);\n\trun('--max-tries');\n}\n"
    ),
}


@pytest.fixture(scope="module")
def weighbridge(tmp_path_factory: pytest.TempPathFactory, tiny_model: Path) -> Iterator[Library]:
    yield from read(TOLD, tmp_path_factory.mktemp("told") / "weighbridge", tiny_model)


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        (
            "Which tests cover maxTries?",
            "Named in tests on 1 line of 1 file: test/options.ts:4 (in",
        ),
        ("Where is maxTries tested?", "Named in tests on 1 line of 1 file: test/options.ts:4 (in"),
        ("Which tests use the --max-tries option?", "Named in tests on 1 line of 1 file: test/opt"),
        ("What is the default value of maxTries?", "10 [lib/options.ts:6]"),
        ("What does maxTries do?", "How often a weight is asked for. [lib/options.ts:6]"),
        ("What does the project do?", "Weighbridge (a scale) is a library. [README.md:5]"),
        ("What is weighbridge?", "Weighbridge (a scale) is a library. [README.md:5]"),
    ],
)
def test_what_tests_defaults_and_the_whole_say(
    weighbridge: Library, question: str, answer: str
) -> None:
    assert weighbridge.ask(question)["answer"].startswith(answer)


def test_classes_are_listed_by_a_word_of_their_names(weighbridge: Library) -> None:
    answer = weighbridge.ask("List all error classes")["answer"]
    assert lines(answer) == [
        "lib/options.ts:10: class TryError",
        "lib/options.ts:12: class WireLost",
    ]
    assert definitions_listed("List all lorry classes") is not None
    assert "Lorry" not in answer


def test_a_readme_says_what_the_whole_is(weighbridge: Library) -> None:
    row = weighbridge.store.document("weighbridge")
    source = Source(lambda: weighbridge.store.pages(row["id"]), "weighbridge")
    said = {value for value, _ in stated("description", source)}
    assert said == {"Weighs lorries", "Weighbridge (a scale) is a library."}
