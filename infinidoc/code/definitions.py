"""Finds what source text says of itself: definitions, entry points, imports, first words.

Knows strings only. What `syntax` knows the grammar of is parsed; elsewhere a definition is a
line that begins like one in C#, Ruby or PHP, or in a piece of Python. What it does is the first
sentence of its docstring or of the comment above it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from infinidoc.code.syntax import Defined, parsed
from infinidoc.text.sentences import sentence_texts

_DEFINITION = re.compile(
    r"(?:(?:public|private|protected|internal|static|abstract|final|sealed|async)\s+)*"
    r"(?P<kind>class|def|function|struct|enum|trait|interface|module)\s+(?P<name>[A-Za-z_]\w*)"
)
_ENTRY = re.compile(
    r"""^if\s+__name__\s*==\s*['"]__main__['"]|^(?:pub\s+)?(?:async\s+)?fn\s+main\s*\(|"""
    r"""^func\s+main\s*\(|^\s*(?:public\s+)?static\s+(?:async\s+)?(?:void|int|Task)\s+[Mm]ain\s*\(|"""
    r"""^int\s+main\s*\(|^(?:CMD|ENTRYPOINT)\s|^#!.*/"""
)
_MANIFEST = re.compile(r'^\s*"(?:bin|main|start|module)"\s*:\s*\S|^\s*\[\[bin\]\]')
_SCRIPTS = re.compile(r"^\[(?:project\.(?:gui-)?scripts|tool\.poetry\.scripts)\]|console_scripts")
_SCRIPT = re.compile(r"""^\s*['"]?[\w.-]+['"]?\s*=\s*['"]?[\w.]+:[\w.]+""")
_IMPORT = re.compile(r"^\s*(?:import|from|use|require|include|#include|mod)\b.*|.*\brequire\(.*")
_DOC = re.compile(r'^\s*(?:[rRuU]?"""|[rRuU]?\'\'\')')
_COMMENT = re.compile(r"^\s*(?:///?!?|#(?!!)|/\*\*?|\*(?!/)|--)\s?(?P<text>.*?)(?:\*/)?\s*$")
_REMARK = re.compile(r"(?:(?<=\s)|^)(?:#(?!!|\[)|//).*$")  # at the end of a line
_RETURNS = (
    re.compile(r"@returns?\s+(?:\{[^}]*\}\s*)?(?P<text>[^\n@]+(?:\n(?!\s*(?:@|$))[^\n@]+)*)"),
    re.compile(r":returns?:\s*(?P<text>[^\n]+)"),
    re.compile(r"^\s*(?:Returns?|Yields?):\s*\n\s*(?P<text>[^\n]+)", re.MULTILINE),
    re.compile(r"\b(?:and )?[Rr]eturns (?P<text>[^\n.]+)"),
)
LONGEST = 200  # characters of what something says of itself
LINES = 80  # of a docstring
HEAD = 40  # lines of a signature
MANIFESTS = ("pyproject.toml", "setup.py", "setup.cfg", "package.json", "Cargo.toml", "Dockerfile")


@dataclass(frozen=True)
class Found:
    """Something on a line of a text, counted from 0, and what it says of itself."""

    kind: str
    name: str
    line: int
    doc: str | None
    defaults: dict[str, str] = field(default_factory=dict)  # of parameters, where it was parsed


def definitions(text: str, nested: bool = False, path: str = "") -> Iterator[Found]:
    """What is defined at the left margin; `nested`: or anywhere else.

    `path` tells the language.
    """
    known = parsed(text, path)
    yield from _by_lines(text, nested) if known is None else _by_syntax(text, known, nested)


def _by_syntax(text: str, known: list[Defined], nested: bool) -> Iterator[Found]:
    lines = text.split("\n")
    for one in known:
        if not nested and lines[one.line][:1].isspace():
            continue
        doc = _inside(lines, one.line + 1) or _above(lines, one.line)
        if doc is not None or not one.made:
            yield Found(one.kind, one.name, one.line, doc, one.defaults)


def _by_lines(text: str, nested: bool) -> Iterator[Found]:
    lines = text.split("\n")
    for number, line in enumerate(lines):
        match = _DEFINITION.match(line.lstrip() if nested else line)
        if match and not line.rstrip().endswith(("!", ".")):  # prose that begins like one
            kind = "function" if match["kind"] == "def" else match["kind"]
            doc = _inside(lines, number + 1) or _above(lines, number)
            yield Found(kind, match["name"], number, doc)


def remarks(text: str, line: int) -> str:
    """All that stands beside a definition to explain it: its docstring, or the comment above."""
    lines = text.split("\n")
    written = _docstring(lines, line + 1)
    if written is not None:
        return written
    comments = map(_COMMENT.match, _commented(lines, line))
    return "\n".join(match["text"] for match in comments if match)


def signature(text: str, line: int) -> str:
    """How it is declared: from its line to where its body begins, in one line."""
    declared, open_brackets = [], 0
    for one in text.split("\n")[line : line + HEAD]:
        head = _REMARK.sub("", one).strip().removesuffix("...").removesuffix("{").rstrip()
        declared.append(head)
        open_brackets += sum(head.count(c) for c in "([") - sum(head.count(c) for c in ")]")
        if open_brackets <= 0:
            break
    joined = re.sub(r"(?<=[(\[]) | (?=[)\]])|,(?= ?[)\]])", "", " ".join(declared))
    return joined.rstrip(":;").rstrip()


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


def entries(text: str, path: str) -> Iterator[Found]:
    """Where running it begins: main functions, and what manifests name."""
    name, scripts = path.rsplit("/", 1)[-1], False
    for number, line in enumerate(text.split("\n")):
        scripts = bool(_SCRIPTS.search(line)) or (scripts and not line.startswith("["))
        named = name in MANIFESTS and ((scripts and _SCRIPT.match(line)) or _MANIFEST.match(line))
        if named or (_ENTRY.match(line) and (number == 0 or not line.startswith("#!"))):
            yield Found("entry", " ".join(line.split()).rstrip(",{ "), number, None)


def imported(text: str) -> set[str]:
    """The words of its import lines."""
    lines = (line for line in text.split("\n") if _IMPORT.match(line))
    return {word for line in lines for word in re.findall(r"\w+", line)}


def opening(text: str) -> Found | None:
    """What a file says of itself at its top."""
    lines = text.split("\n")
    for number, line in enumerate(lines[:8]):
        if not line.strip() or line.startswith("#!"):
            continue
        doc = _inside(lines, number) or _first(_comments(lines[number : number + 6]))
        return Found("file", "", number, doc) if doc else None
    return None


def _inside(lines: list[str], number: int) -> str | None:
    """The first sentence of the docstring that begins on this line, or soon after it."""
    return _first(_docstring(lines, number) or "")


def _docstring(lines: list[str], number: int) -> str | None:
    """The docstring that begins on this line, or after the rest of a signature."""
    for at in range(number, min(number + 8, len(lines))):
        if begun := _DOC.match(lines[at]):
            return "\n".join(lines[at : at + LINES]).split(begun[0][-3:])[1]
        if at > number and lines[at - 1].rstrip().endswith(":"):
            return None
    return None


def _above(lines: list[str], number: int) -> str | None:
    """The first sentence of the comment that ends just above this line."""
    return _first(_comments(_commented(lines, number)))


def _commented(lines: list[str], number: int) -> list[str]:
    """The lines of the comment that ends just above a line; decorators stand between."""
    at = number
    while at and re.match(r"\s*(?:@|#\[)", lines[at - 1]):
        at -= 1
    end = at
    while at and (_COMMENT.match(lines[at - 1]) or lines[at - 1].strip() in ("*/", "/**")):
        at -= 1
    return lines[at:end]


def _comments(lines: list[str]) -> str:
    """The words of the comment that `lines` begin with."""
    words = []
    for line in lines:
        match = _COMMENT.match(line)
        if match is None:
            break
        words.append(match["text"])
    return " ".join(words)


def _first(text: str) -> str | None:
    """The first sentence, evened and not too long; None if it says nothing."""
    even = " ".join(text.split()).strip("*/=-#! ")
    even = re.split(r"\s@\w", even, maxsplit=1)[0]  # tags follow
    even = next(iter(sentence_texts(even)), even)
    if len(re.findall(r"[^\W\d_]{2,}", even)) < 2:
        return None
    return even if len(even) <= LONGEST else even[:LONGEST].rsplit(" ", 1)[0] + " …"
