"""Manual pages (man and mdoc): the words without the requests of roff, line by line.

A line of the text is a line of the file; .SH and .Sh begin chapters.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from infinidoc.reading.pages import Line
from infinidoc.reading.text import TextSource

_REQUEST = re.compile(r"[.'][ \t]*([A-Za-z]+|\\[\"#])?[ \t]*(.*)")
_ARGUMENT = re.compile(r'"((?:[^"]|"")*)"?|((?:\\.|[^\s"])\S*)')
_ESCAPE = re.compile(
    r"\\(?:f(?:\[[^\]]*\]|\(..|.)|s[-+]?\d{1,2}|\((..)|\[([^\]]*)\]|\*(?:\[[^\]]*\]|\(..|.)"
    r"|[hvwlLobDZ]'[^']*'|(.)|$)"
)
_SIGNS = """
    em — en – hy - mi - bu • aq ' dq " oq ‘ cq ’ lq “ rq ” co © rg ® ti ~ ha ^ ga ` rs \\ sq ▪
    -> → <- ← +- ± mu × de ° ul _
    """.split()
_NAMED = dict(zip(_SIGNS[::2], _SIGNS[1::2], strict=True))
_ONE = {
    "-": "-",
    "e": "\\",
    " ": " ",
    "~": " ",
    "0": " ",
    "t": "\t",
    "'": "'",
    "`": "`",
    "\\": "\\",
}
_HEADINGS = ("SH", "Sh", "SS", "Ss")
_FONTS = ("B", "I", "R", "SM", "SB", "BI", "BR", "IB", "IR", "RB", "RI")
_NO_WORDS = """
    ad bp br cc ce c2 ds eo ft hc hy if ie el in ll na ne nf fi nh nr ns ps rm rs so sp ta ti tr
    PP P LP RS RE HP PD DT UE ME EE EX YS Pp Bl El Bd Ed Os nop ig de am als
    """.split()
_TAGGED = {"Fl": "-", "Op": "[", "Aq": "<", "Bq": "[", "Pq": "(", "Dq": "“", "Sq": "‘", "Ql": "‘"}
_ENDED = {"Op": "]", "Aq": ">", "Bq": "]", "Pq": ")", "Dq": "”", "Sq": "’", "Ql": "’"}
_PLAIN = re.compile(r"[A-Z][a-z]")  # what a macro of mdoc is called


class ManSource(TextSource):
    """A manual page."""

    kind = "man"

    def headed(self, lines: Iterator[Line]) -> Iterator[Line]:
        page = _Manual()
        for line in lines:
            words, heading = page.shown(line.text)
            yield replace(line, text=words, heading=heading)


class _Manual:
    """What the lines of a manual page show; knows the page's name, which .Nm stands for."""

    def __init__(self) -> None:
        self.name = ""
        self._defining = False

    def shown(self, line: str) -> tuple[str, str | None]:
        """The words of a line, and the heading that it is."""
        if self._defining:  # a macro's definition, up to ".."
            self._defining = line.strip() != ".."
            return "", None
        request = _REQUEST.fullmatch(line)
        if request is None:
            return unescaped(line), None
        name, rest = request[1] or "", request[2]
        self._defining = name in ("de", "am", "ig", "de1")
        words = self._said(name, rest)
        return words, words if name in ("SH", "Sh") and words else None

    def _said(self, name: str, rest: str) -> str:
        arguments = [unescaped(quoted.replace('""', '"') or bare) for quoted, bare in _found(rest)]
        if name in _NO_WORDS or name.startswith("\\") or not name:
            return ""
        if name in ("TH", "Dt"):
            return "{}({})".format(*[*arguments, "", ""][:2])
        if name in _HEADINGS or name in ("B", "I", "SM", "SB"):
            return " ".join(arguments)
        if name in _FONTS:
            return "".join(arguments)
        if name in ("TP", "IP", "Dd"):
            return arguments[0] if arguments and not arguments[0].isdigit() else ""
        if _PLAIN.fullmatch(name):
            return self._mdoc([name, *arguments])
        return " ".join(arguments) if name in ("UR", "MT", "SY", "OP") else ""

    def _mdoc(self, words: list[str]) -> str:
        """A line of mdoc: macros among words."""
        if words[0] == "Nm" and len(words) > 1 and not self.name:
            self.name = words[1]
        out: list[str] = []
        ends: list[str] = []
        glue = ""
        for at, word in enumerate(words):
            if not _PLAIN.fullmatch(word):
                out.append(glue + word)
                glue = ""
                continue
            if word == "Nm" and (at + 1 == len(words) or _PLAIN.fullmatch(words[at + 1])):
                out.append(glue + self.name)
            glue += _TAGGED.get(word, "")
            if word in _ENDED:
                ends.insert(0, _ENDED[word])
        text = " ".join(out) + "".join(ends)
        return re.sub(r" ([.,;:)\]]+)$", r"\1", text)


def _found(rest: str) -> list[tuple[str, str]]:
    return _ARGUMENT.findall(rest)


def unescaped(text: str) -> str:
    """`text` with the escapes of roff as the characters they stand for."""

    def shown(escape: re.Match[str]) -> str:
        named = escape[1] or escape[2]
        if named is not None:
            number = re.fullmatch("u([0-9A-F]{4,6})", named)
            return chr(int(number[1], 16)) if number else _NAMED.get(named, "")
        return _ONE.get(escape[3] or "", "")

    return _ESCAPE.sub(shown, re.sub(r"\\[\"#].*", "", text))
