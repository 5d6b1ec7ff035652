"""Questions about code are answered from its definitions, with their lines."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from infinidoc.code.definitions import default_of, definitions, remarks, returned, signature
from infinidoc.code.definitions import tests as cases_of_tests
from infinidoc.library import Library
from infinidoc.questions.question_kinds import kind_of

KINDS = [
    ("What does the debounce function do?", "does", "debounce"),
    ("What does _.chunk return?", "returns", "chunk"),
    ("What does `memoize()` return?", "returns", "memoize"),
    ("In which file is baseClone defined?", "defined", "baseClone"),
    ("Where is the class Alarm defined in this repository?", "defined", "Alarm"),
    ("Which files import baseGetTag?", "used", "baseGetTag"),
    ("What calls std::move?", "used", "move"),
    ("Where is parse used?", "used", "parse"),
    ("What is the default value of the wait argument of throttle?", "default", "throttle"),
    ("What is the licence of this package?", "stated", "license"),
    ("Which version is this project?", "stated", "version"),
    ("Which licence does lodash have?", "stated", "license"),
    ("Who is the author of lodash?", "stated", "author"),
    ("What is the base class of Alarm?", "signature", "Alarm"),
    ("Which arguments does chunk take?", "signature", "chunk"),
    ("Which function makes a deep copy?", "named", "makes a deep copy"),
]
ORDINARY = [
    "What does it do?",
    "Which exception does Alarm raise?",
    "Which algorithm does debounce use?",
    "Which functions does flow compose?",
    "What does the captain do after the storm?",
    "What does get return when the path cannot be resolved?",
    "Where is the treasure buried?",
    "What is the default gateway?",
    "What is the version of the story that Rook tells?",
]
SCRIPT = """\
var baseRest = require('./_baseRest');

/**
 * Creates an array of elements split into groups.
 *
 * @param {Array} array The array to process.
 * @param {number} [size=1] The length of each chunk
 * @returns {Array} Returns the new array
 *  of chunks.
 */
function chunk(array, size, guard) {
  return baseRest(array);
}

/** Makes a zip of its arguments. */
var zip = baseRest(unzip);
var table = build();

module.exports = chunk;
"""
MODULE = '''\
"""Weights."""

import chunky


class Scale:
    """Weighs what lies on it."""

    def weigh(self, load: float, unit: str = "kg", tare=0.5) -> float:
        """The weight of a load.

        Returns:
            The weight in `unit`, tare taken off.
        """
        return chunk(load)


def heaviest(loads: list[float]) -> float:
    """The heaviest of the loads."""
    return max(loads)
'''


@pytest.fixture
def code(tmp_path: Path, tiny_model: Path) -> Any:
    folder = tmp_path / "scales"
    (folder / "lib").mkdir(parents=True)
    (folder / "chunk.js").write_text(SCRIPT)
    (folder / "lib" / "scale.py").write_text(MODULE)
    (folder / "package.json").write_text('{\n  "name": "scales",\n  "version": "1.2.3"\n}\n')
    (folder / "lib" / "package.json").write_text('{\n  "version": "9.9.9"\n}\n')
    with Library(tmp_path / "library.db", model=str(tiny_model)) as library:
        library.ingest(folder)
        yield library


@pytest.mark.parametrize(("question", "name", "subject"), KINDS)
def test_questions_about_code_are_told_by_their_wording(
    question: str, name: str, subject: str
) -> None:
    kind = kind_of(question, code=True)
    assert kind is not None
    assert (kind.name, kind.target, kind.subject) == (name, "symbol", subject)


@pytest.mark.parametrize("question", ORDINARY)
def test_other_questions_are_not_about_code(question: str) -> None:
    kind = kind_of(question, code=True)
    assert kind is None or kind.target != "symbol"


def test_what_is_defined_and_what_is_not() -> None:
    assert [found.name for found in definitions(SCRIPT, path="a.js")] == ["chunk", "zip"]
    assert [found.name for found in definitions(MODULE)] == ["Scale", "heaviest"]
    nested = [found.name for found in definitions(MODULE, nested=True)]
    assert nested == ["Scale", "weigh", "heaviest"]


def test_remarks_say_what_is_returned_and_what_is_the_default() -> None:
    chunk = next(definitions(SCRIPT, path="a.js"))
    _, weigh, _ = definitions(MODULE, nested=True, path="a.py")
    said = remarks(SCRIPT, chunk.line)
    assert returned(said) == "Returns the new array of chunks."
    assert default_of("size", said, chunk.defaults) == "1"
    said = remarks(MODULE, weigh.line)
    assert returned(said) == "The weight in `unit`, tare taken off."
    assert default_of("unit", said, weigh.defaults) == '"kg"'
    assert default_of("tare", said, weigh.defaults) == "0.5"
    assert default_of("load", said, weigh.defaults) is None
    assert returned("Formats the help into a string and returns it.") == (
        "Formats the help into a string and returns it."
    )


def test_the_defaults_of_a_long_signature() -> None:
    lines = ("def echo(", "    file: IO[Any] | None = None,", "    err: bool = False,", ") -> A:")
    (echo,) = definitions("\n".join((*lines, "    pass")), path="a.py")
    assert default_of("err", "", echo.defaults) == "False"
    assert default_of("file", "", echo.defaults) == "None"


def test_a_docstring_stands_behind_however_long_a_signature() -> None:
    parameters = "".join(f"    p{n}: str = 'a:',\n" for n in range(12))
    text = f'def f(\n{parameters}) -> Result:  # so\n    """Says it."""\n    return 1\n'
    text += 'def g(x):\n    y = {\n        1:\n"""no docstring"""}\n'
    assert [one.doc for one in definitions(text, path="a.py")] == ["Says it.", None]


def test_what_has_no_grammar_here_is_found_by_its_lines() -> None:
    found = definitions("# Weighs it.\ndef weigh(load)\nend\nclass of people.\n", path="a.cr")
    assert [(one.name, one.kind, one.doc) for one in found] == [("weigh", "function", "Weighs it.")]


@pytest.mark.parametrize(
    ("question", "answer", "place"),
    [
        ("What does chunk do?", "Creates an array of elements split into groups.", 11),
        ("What does chunk return?", "Returns the new array of chunks.", 11),
        ("What is the default of the size argument of chunk?", "1", 11),
        ("What does heaviest return?", "`float`: The heaviest of the loads. [lib/scale.py:18]", 18),
        ("Where is chunk defined?", "chunk.js:11: function chunk", 11),
        ("What does weigh do?", "The weight of a load.", 9),
        ("What is the version of this package?", "1.2.3", 3),
        ("What is the version of scales?", "1.2.3", 3),
    ],
)
def test_definitions_answer_with_their_line(
    code: Library, question: str, answer: str, place: int
) -> None:
    result = code.ask(question)
    assert result["found"]
    assert result["answer"].startswith(answer)
    assert result["evidence"][0]["line"] == place
    assert (result["confidence"], result["tokens_read"]) == (1.0, 0)


def test_a_function_is_found_by_what_it_says_of_itself(code: Library) -> None:
    result = code.ask("Which function splits elements into groups?")
    assert result["answer"].startswith("chunk: Creates an array of elements split into groups.")
    assert (result["kind"], result["confidence"]) == ("named", 0.5)
    assert "kind" not in code.ask("Which function plays chess?")


def test_two_functions_are_compared_by_what_they_say_of_themselves(code: Library) -> None:
    result = code.ask("What is the difference between chunk() and zip?")
    assert result["answer"].startswith(
        "chunk:\n  Creates an array of elements split into groups. [chunk.js:11]\n"
        "zip:\n  Makes a zip of its arguments. [chunk.js:16]\n"
    )


def test_the_version_of_another_package_is_an_ordinary_question(code: Library) -> None:
    assert "kind" not in code.ask("What is the version of numpy?")


def test_constants_are_found_and_what_only_speaks_of_them_is_no_use(
    tmp_path: Path, tiny_model: Path
) -> None:
    folder = tmp_path / "clock"
    folder.mkdir()
    module = (
        "HOLD = 15\nLIMIT: int = 9\n\n\ndef wait() -> int:\n"
        '    """Wait for HOLD minutes.\n\n    HOLD is long.\n    """\n    local = HOLD\n'
        "    return local\n"
    )
    (folder / "clock.py").write_text(module)
    with Library(tmp_path / "library.db", model=str(tiny_model)) as library:
        library.ingest(folder)
        used = library.ask("Where is HOLD used?")
        assert (used["kind"], "On 1 line of 1 file" in used["answer"]) == ("used", True)
        assert "clock.py:10" in used["answer"]
        defined = library.ask("Where is LIMIT defined?")
        assert defined["answer"] == "clock.py:2: constant LIMIT"
    assert [one.name for one in definitions(module, path="clock.py")] == ["wait"]
    nested = definitions(module, nested=True, path="clock.py")
    assert [one.name for one in nested] == ["HOLD", "LIMIT", "wait"]


OWNED = """\
class Context:
    def invoke(self, callback):
        \"\"\"Calls a callback. Returns what it gives.\"\"\"


class CliRunner(
    Base,
):
    def isolated(self):
        \"\"\"Has nothing to do with it.\"\"\"

    @contextmanager
    def invoke(self, cli):
        \"\"\"Runs a command. Returns its result.\"\"\"
"""


def test_a_name_is_looked_up_in_what_it_belongs_to(tiny_model: Path, tmp_path: Path) -> None:
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "testing.py").write_text(OWNED)
    with Library(tmp_path / "library.db", model=str(tiny_model)) as library:
        library.ingest(tmp_path / "code")
        for asked, line in (("CliRunner.invoke", 13), ("Context.invoke", 2)):
            found = library.ask(f"Where is {asked} defined?")
            assert [each["line"] for each in found["evidence"]] == [line]
        both = library.ask("Where is Nobody.invoke defined?")
        assert [each["line"] for each in both["evidence"]] == [2, 13]


def test_uses_are_counted_without_definitions_and_comments(code: Library) -> None:
    result = code.ask("Where is chunk used?")
    assert result["answer"] == (
        "On 2 lines of 2 files, definitions and comments aside: chunk.js:19 and lib/scale.py:15."
    )


def test_what_code_does_not_define_is_an_ordinary_question(code: Library, tmp_path: Path) -> None:
    assert "kind" not in code.ask("What does nothingness do?")
    assert "kind" not in code.ask("What is the licence of this package?")
    text = tmp_path / "tale.txt"
    text.write_text("The chunk of bread lay there.\n" * 9)
    code.ingest(text)
    assert "kind" not in code.ask("What does chunk do?", documents=["tale"])


@pytest.mark.parametrize(
    ("text", "declared"),
    [
        ("class A(B, C[int]):\n    pass", "class A(B, C[int])"),
        (
            "def f(  # type: ignore[override]\n    self,\n    a: int = 1,\n) -> int:\n    ...",
            "def f(self, a: int = 1) -> int",
        ),
        ("def f(a, /) -> Any: ...", "def f(a, /) -> Any"),
        ("function chunk(array, size) {\n  return 1;\n}", "function chunk(array, size)"),
        ("class Dog extends Animal {  // of the house", "class Dog extends Animal"),
        (
            "pub fn read(\n    path: &Path, // where\n    most: usize,\n) -> Result<()> {",
            "pub fn read(path: &Path, most: usize) -> Result<()>",
        ),
    ],
)
def test_a_signature_ends_where_the_body_begins(text: str, declared: str) -> None:
    assert signature(text, 0) == declared


def test_a_class_has_the_defaults_of_what_makes_it_and_its_attributes() -> None:
    text = (
        "class Signer:\n    default_digest_method = sha1\n    sep: str = '.'\n\n"
        "    def __init__(self, key, salt=b'salt'):\n        pass\n"
    )
    signer, *_ = definitions(text, path="a.py")
    assert default_of("salt", "", signer.defaults) == "b'salt'"
    assert default_of("digest method", "", signer.defaults) == "sha1"
    assert default_of("sep", "", signer.defaults) == "'.'"
    assert default_of("key", "", signer.defaults) is None


SPACED = """\
/** The words of a file. */

function first() {}

/**
 * Cuts what is too long.
 */

function cut() {}
"""


def test_a_blank_line_may_stand_behind_a_comment_that_is_not_the_files_own() -> None:
    said = {found.name: found.doc for found in definitions(SPACED, path="a.js")}
    assert said == {"first": None, "cut": "Cuts what is too long."}


def test_marks_of_tests_without_any_are_read_in_proportion() -> None:
    began = time.process_time()
    assert len(list(cases_of_tests("@Test\n" * 20_000, "Gauge.java", of_tests=True))) == 20_000
    assert time.process_time() - began < 10
