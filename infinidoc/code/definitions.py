"""Finds what source text says of itself: definitions, entry points, imports, first words.

Knows strings only. What `syntax` knows the grammar of is parsed; elsewhere, and in a piece of
Python, a definition is a line that begins like one. What it does is the first sentence of its
docstring or of the comment above it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from infinidoc.definition_kinds import IMPLEMENTED, TEST, VALUES
from infinidoc.text.sentences import sentence_texts
from infinidoc.trees.grammars import ending
from infinidoc.trees.syntax import parsed
from infinidoc.trees.tags import Symbol

_DEFINITION = re.compile(
    r"(?:(?:public|private|static|abstract|final|async|mutable|base|interface(?=\s+class))\s+)*"
    r"(?P<kind>class|def|function|struct|enum|trait|interface|module)\s+(?:self\.)?"
    r"(?P<name>[A-Za-z_]\w*)"
)
_ENTRY = re.compile(
    r"""^if\s+__name__\s*==\s*['"]__main__['"]|^(?:pub\s+)?(?:async\s+)?fn\s+main\s*\(|"""
    r"""^func\s+main\s*\(|^\s*(?:public\s+)?static\s+(?:async\s+)?(?:void|int|Task)\s+[Mm]ain\s*\(|"""
    r"""^int\s+main\s*\(|^(?:suspend\s+)?fun\s+main\s*\(|^@main\b|^(?:CMD|ENTRYPOINT)\s|^#!.*/"""
)
_MANIFEST = re.compile(r'^\s*"(?:bin|main|start|module)"\s*:\s*\S|^\s*\[\[bin\]\]')
_SCRIPTS = re.compile(r"^\[(?:project\.(?:gui-)?scripts|tool\.poetry\.scripts)\]|console_scripts")
_SCRIPT = re.compile(r"""^\s*['"]?[\w.-]+['"]?\s*=\s*['"]?[\w.]+:[\w.]+""")
_IMPORT = re.compile(
    r"^\s*(?:import|from|use|using|require(?:_relative|_once)?|include(?:_once)?|#include|mod|source)"
    r"\b.*|.*\brequire\(.*"
)
# Cases of tests: what frameworks mark, and what they find by its name in files of tests.
_MARKED_TEST = re.compile(
    r"\s*(?:#\[(?:\w+::)*test\b|@(?:Parameterized|Repeated)?Test\b|\[(?:Test|Fact|Theory|TestMethod)\b"
    r"|@test\s|(?:TEST|TEST_[FP]|TEST_CASE|BOOST_AUTO_TEST_CASE|SCENARIO)\()"
)
_NAMED_TEST = re.compile(
    r"\s*(?:(?:async )?def test\w*\(|func Test\w*\(|(?:test|it)(?:\.\w+)*\(\s*(?:[\"'`\[]|$)|"
    r"(?:it|test) ['\"]"
    r"|(?:public )?function test\w*\()"
)
_CASE = re.compile(
    r"""[^"'`]*?(?:\b(?:def|fn|func|void|function)\s+(\w+)|\(?["'`]([^"'`]+)["'`])"""
)
_DOC = re.compile(r'^\s*(?:[rRuU]?"""|[rRuU]?\'\'\')')
_DIRECTIVE = r"(?:define|el|endif|if|import|include|pragma|region|undef)"  # of a preprocessor
_COMMENT = re.compile(
    rf"^\s*(?:///?!?|#(?!!|\[|{_DIRECTIVE})|/\*\*?|\*(?!/)|--)\s?(?P<text>.*?)(?:\*/)?\s*$"
)
# Comments on rights and on how a file is to be read say nothing of what is in it.
_FORMAL = re.compile(
    r"copyright|\blicen[cs]e|\bSPDX\b|\bcoding[:=]|frozen_string_literal|shellcheck|\bvim?:",
    re.IGNORECASE,
)
_PREAMBLE = re.compile(r"\s*$|#!|<\?php|declare\(|['\"]use strict")
_ATTRIBUTE = re.compile(r"(?:#?\[[^\[\]]*(?:\[[^\[\]]*\][^\[\]]*)*\]|@[\w.:]+(?:\([^()]*\))?)\s*")
# What C# and C++ write around the words of a comment, and before what is not its first sentence.
_MARKUP = re.compile(
    r"</?(?:summary|para|c|code|remarks)>|<(?:see|seealso|paramref|typeparamref)\s+\w+=\"(?:\w:)?"
    r"(?P<name>[^\"]*)\"\s*/>|^\s*[@\\](?:brief|short)\b"
)
_TAG = re.compile(r"</summary>|\s@\w|\s\\(?:param|tparam|returns?|note|see|sa|throws?|details)\b")
_REMARK = re.compile(rf"(?:(?<=\s)|^)(?:#(?!!|\[|\s*{_DIRECTIVE}\b)|//).*$")  # ends a line
_RETURNS = (
    re.compile(
        r"[@\\]returns?\s+(?:\{[^}]*\}\s*|\[[^\]]*\]\s*)?(?P<text>[^\n@\\]+(?:\n(?!\s*(?:@|$))[^\n@\\]+)*)"
    ),
    re.compile(r"(?::returns?:|- Returns:)\s*(?P<text>[^\n]+)"),
    re.compile(r"<returns>\s*(?P<text>[^<]+)"),
    re.compile(r"^\s*(?:Returns?|Yields?):\s*\n\s*(?P<text>[^\n]+)", re.MULTILINE),
    re.compile(
        r"(?:\b(?:and )?[Rr]eturns|(?:^|\.\s+)Return) "
        r"(?P<text>(?:[^\n.]|\.(?=\S)|\n(?!\s*(?:\n|[-*@:]|$)))+)"
    ),
)
BESIDES = (*VALUES, IMPLEMENTED)  # what is no part of an outline
LONGEST = 200  # characters of what something says of itself
LINES = 80  # of a docstring
HEAD = 40  # lines of a signature
# Files that may write of definitions, and have none.
WORDS = tuple(
    ".md .markdown .rst .txt .adoc .tex .html .htm .xml .json .yml .yaml .toml .ini .cfg .csv .css "
    ".svg .po .lock .log .sql".split()
)
MANIFESTS = ("pyproject.toml", "setup.py", "setup.cfg", "package.json", "Cargo.toml", "Dockerfile")


def definitions(text: str, nested: bool = False, path: str = "") -> Iterator[Symbol]:
    """What is defined at the left margin or in a namespace; `nested`: or anywhere else, and
    constants, variables and implementations of traits, too.

    `path` tells the language.
    """
    known = parsed(text, path)
    found = _by_lines(text, path) if known is None else _by_syntax(text, known)
    yield from (one for one in found if nested or not (one.inner or one.kind in BESIDES))


def _by_syntax(text: str, known: list[Symbol]) -> Iterator[Symbol]:
    lines = text.split("\n")
    made: set[tuple[int, str]] = set()  # constants that something is said of
    for one in sorted(known, key=lambda one: (one.line, not one.made)):
        doc = _first("\n".join(_explaining(lines, one.line, one.first)))
        inner = lines[one.line][:1].isspace() and not one.spaced
        if one.made and doc is not None:
            made.add((one.line, one.name))
        if doc is not None if one.made else (one.line, one.name) not in made:
            yield replace(one, doc=doc, inner=inner)


def _by_lines(text: str, path: str) -> Iterator[Symbol]:
    unknown = path and not ending(path) and not text.startswith("#!")
    if unknown or path.lower().endswith(WORDS):
        return
    lines = text.split("\n")
    for number, line in enumerate(lines):
        match = _DEFINITION.match(line.lstrip())
        if match and not line.rstrip().endswith(("!", ".")):  # prose that begins like one
            kind = "function" if match["kind"] == "def" else match["kind"]
            doc = _first("\n".join(_explaining(lines, number, None)))
            yield Symbol(kind, match["name"], number, doc, inner=line[:1].isspace())


def remarks(text: str, line: int, first: int | None = None) -> str:
    """All that stands beside a definition to explain it: its docstring, or the comment above.

    `first`: the line on which it begins, where a grammar tells; then there is no docstring.
    """
    return "\n".join(_explaining(text.split("\n"), line, first))


def _explaining(lines: list[str], line: int, first: int | None) -> list[str]:
    written = _behind_signature(lines, line) if first is None else None
    if written is not None:
        return written.split("\n")
    return _words(_commented(lines, line if first is None else first))


def signature(text: str, line: int) -> str:
    """How it is declared: from its line to where its body begins, in one line."""
    declared, open_brackets = [], 0
    for one in text.split("\n")[line : line + HEAD]:
        head = _REMARK.sub("", one).strip().removesuffix("...").removesuffix("{").rstrip()
        declared.append(head)
        open_brackets += sum(head.count(c) for c in "([") - sum(head.count(c) for c in ")]")
        if open_brackets <= 0:
            break
    return _evened(declared)


def statement_at(lines: Sequence[str], line: int) -> str:
    """What begins on a line, as far as the line on which all its brackets are closed, without
    the remarks at the ends of its lines."""
    written, open_brackets = "", 0
    for one in lines[line : line + HEAD]:
        part = _REMARK.sub("", one).rstrip()
        written += f" {part.strip()}" if written else part
        open_brackets += sum(part.count(c) for c in "([{") - sum(part.count(c) for c in ")]}")
        if open_brackets <= 0:
            break
    return written


def signature_of(found: Symbol, text: str) -> str:
    """How it is declared, by its syntax if a grammar has told where its body begins."""
    if found.head is None:
        return signature(text, found.line)
    lines = [_REMARK.sub("", line).strip() for line in found.head.split("\n")]
    declared = _evened([line for line in lines if line])
    while match := _ATTRIBUTE.match(declared):
        declared = declared[match.end() :]
    return declared


def _evened(lines: list[str]) -> str:
    joined = re.sub(r"(?<=[(\[]) | (?=[)\]])|,(?= ?[)\]])", "", " ".join(lines))
    return joined.rstrip(":;={ ")


def returned(remark: str) -> str | None:
    """What a remark says is returned, in JSDoc, Sphinx or Google style."""
    for pattern in _RETURNS:
        if match := pattern.search(remark):
            said = " ".join(match["text"].split())
            if said.lower().rstrip(".") in ("it", "them", "this", "that"):
                return _first(remark)  # "formats the help and returns it"
            return _first(said) or said or None
    return None


def default_of(parameter: str, remark: str, defaults: dict[str, str]) -> str | None:
    """The value a parameter or an attribute has if none is given, by JSDoc (`[size=1]`) or else
    by the syntax. It may be named in words: "digest method" is `default_digest_method`."""
    told = re.search(rf"\[(?:[\w$]+\.)?{re.escape(parameter)}=([^\]]+)\]", remark)
    if told:
        return told[1].strip()
    name = re.sub(r"[\s-]+", "_", parameter)
    return defaults.get(name, defaults.get(f"default_{name}"))


def default_said(remark: str) -> str | None:
    """The value that a remark says something has if none is given, in JSDoc or in words."""
    told = re.search(
        r"@default(?:[Vv]alue)?\s+(\S.*)|\b[Dd]efaults? (?:to|is) (`[^`]+`|\S+)", remark
    )
    return (told[1] or told[2]).strip().rstrip(".,;") if told else None


def entries(text: str, path: str) -> Iterator[Symbol]:
    """Where running it begins: main functions, and what manifests name."""
    name, scripts = path.rsplit("/", 1)[-1], False
    for number, line in enumerate(text.split("\n")):
        scripts = bool(_SCRIPTS.search(line)) or (scripts and not line.startswith("["))
        named = name in MANIFESTS and ((scripts and _SCRIPT.match(line)) or _MANIFEST.match(line))
        if named or (_ENTRY.match(line) and (number == 0 or not line.startswith("#!"))):
            yield Symbol("entry", " ".join(line.split()).rstrip(",{ "), number)


def tests(text: str, path: str, of_tests: bool) -> Iterator[Symbol]:
    """The cases that a framework of tests runs; in a file `of_tests` also what their names tell."""
    if path.lower().endswith(WORDS):
        return
    lines = text.split("\n")
    for number, line in enumerate(lines):
        marked = _MARKED_TEST.match(line)
        if marked or (of_tests and _NAMED_TEST.match(line)):
            cases = map(_CASE.match, lines[number : number + HEAD])
            name = next(filter(None, cases), None)
            yield Symbol(TEST, name[1] or name[2] if name else line.strip(), number)


def imported(text: str) -> set[str]:
    """The words of its import lines."""
    lines = (line for line in text.split("\n") if _IMPORT.match(line))
    return {word for line in lines for word in re.findall(r"\w+", line)}


def import_lines(text: str) -> Iterator[tuple[int, str]]:
    """What it imports, as it is written, each with the number of the line it begins on."""
    lines = text.split("\n")
    for at, line in enumerate(lines):
        if _IMPORT.match(line):
            yield at, statement_at(lines, at)


def opening(text: str) -> Symbol | None:
    """What a file says of itself at its top."""
    lines = text.split("\n")[:HEAD]
    number = 0
    while number < len(lines):
        end = _comment_end(lines, number)
        words = _words(lines[number:end])
        if _PREAMBLE.match(lines[number]) or _FORMAL.search(" ".join(words)):
            number = max(end, number + 1)
            continue
        doc = _first(_docstring(lines, number) or "") or _first("\n".join(words))
        return Symbol("file", "", number, doc) if doc else None
    return None


def _comment_end(lines: list[str], number: int) -> int:
    """The line after the comment that begins on a line; the line itself if none does."""
    end = number
    if lines[number].lstrip().startswith("/*"):
        while end < len(lines) and "*/" not in lines[end]:
            end += 1
        return end + 1
    while end < len(lines) and _COMMENT.match(lines[end]):
        end += 1
    return end


def _behind_signature(lines: list[str], number: int) -> str | None:
    """The docstring behind the signature that begins on this line."""
    for at in range(number + 1, min(number + 1 + HEAD, len(lines))):
        if _REMARK.sub("", lines[at - 1]).rstrip().endswith(":"):
            return _docstring(lines, at)
    return None


def _docstring(lines: list[str], number: int) -> str | None:
    """The docstring that begins on this line."""
    begun = _DOC.match(lines[number])
    return "\n".join(lines[number : number + LINES]).split(begun[0][-3:])[1] if begun else None


def _commented(lines: list[str], number: int) -> list[str]:
    """The lines of the comment that ends just above a line; decorators stand between."""
    at = number
    while at and re.match(r"\s*(?:@|#\[)", lines[at - 1]):
        at -= 1
    spaced = at > 1 and not lines[at - 1].strip() and lines[at - 2].strip() == "*/"
    end = at = at - 1 if spaced else at
    if at and lines[at - 1].rstrip().endswith("*/"):
        while at and end - at < LINES and "/*" not in lines[at]:
            at -= 1
        told = lines[at].lstrip().startswith("/**") and any(map(str.strip, lines[:at]))
        return lines[at:end] if told or not spaced else []  # the first may be the file's own
    while at and _COMMENT.match(lines[at - 1]):
        at -= 1
    return lines[at:end]


def _words(lines: list[str]) -> list[str]:
    """The words of a comment, line by line."""
    matches = [_COMMENT.match(line) for line in lines]
    found = [match["text"] if match else line for match, line in zip(matches, lines, strict=True)]
    return [line.strip().removesuffix("*/").rstrip() for line in found]


def _first(text: str) -> str | None:
    """The first sentence, evened and not too long; None if it says nothing."""
    for paragraph in re.split(r"\n\s*\n", text):
        said = _MARKUP.sub(lambda tag: tag["name"] or "", _TAG.split(paragraph, maxsplit=1)[0])
        even = " ".join(said.split()).strip("*/=-#! ")
        even = next(iter(sentence_texts(even)), even)
        if len(re.findall(r"[^\W\d_]{2,}", even)) >= 2:
            return even if len(even) <= LONGEST else even[:LONGEST].rsplit(" ", 1)[0] + " …"
    return None
