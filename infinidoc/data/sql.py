"""The rows that a dump of a database inserts: INSERT statements and COPY blocks of PostgreSQL.

Columns are those that the statement names, else those of the table's CREATE statement.
"""

from __future__ import annotations

import re

Told = tuple[list[str], list[tuple[list[str], int]]]  # columns, rows with where they begin

_NAME = r"[`\"\[]?[\w.]+[`\"\]]?"
_INSERT = re.compile(
    rf"\b(?:insert|replace)(?: ignore| or \w+)?\s+into\s+({_NAME}(?:\.{_NAME})?)\s*"
    r"(?:\(([^()]*)\))?\s*(?:overriding \w+ value\s*)?values\s*",
    re.I,
)
_COPY = re.compile(rf"^copy ({_NAME}(?:\.{_NAME})?) \(([^()]*)\) from stdin;\n", re.I | re.M)
_CREATE = re.compile(
    rf"^create (?:\w+ )?table\s+(?:if not exists\s+)?({_NAME}(?:\.{_NAME})?)\s*\(", re.I | re.M
)
_LONGEST = 20_000  # characters of a CREATE statement
_COLUMN = re.compile(r"^\s*[`\"\[]?(\w+)[`\"\]]?\s+\w", re.M)
_NO_COLUMN = frozenset("primary key unique constraint foreign index check fulltext".split())
_VALUE = re.compile(
    r"\s*(?:[A-Za-z]?'((?:[^'\\]|''|\\.)*)'|\"([^\"]*)\"|((?:[^,()']|\([^()]*\))*))\s*"
)
_BETWEEN = re.compile(r"\s*,?\s*")


def statements(text: str) -> dict[str, Told]:
    """The tables by name, each with its columns and rows."""
    created = {_bare(found[1]): _columns(text, found.end()) for found in _CREATE.finditer(text)}
    tables: dict[str, Told] = {}
    for found in _INSERT.finditer(text):
        named = [_bare(name) for name in (found[2] or "").split(",") if name.strip()]
        _add(tables, created, _bare(found[1]), named, _tuples(text, found.end(), found.start()))
    copied = 0
    for found in _COPY.finditer(text):
        if found.start() >= copied:  # else it is a row of the block before
            rows, copied = _copied(text, found.end())
            _add(tables, created, _bare(found[1]), list(map(_bare, found[2].split(","))), rows)
    return tables


def _add(
    tables: dict[str, Told],
    created: dict[str, list[str]],
    name: str,
    named: list[str],
    rows: list[tuple[list[str], int]],
) -> None:
    """The rows of a statement; those of other columns than the first one's are ordered alike."""
    width = len(rows[0][0]) if rows else 0
    named = named or created.get(name) or [f"column {at}" for at in range(1, width + 1)]
    columns, held = tables.setdefault(name, (named, []))
    if named != columns and set(named) <= set(columns):
        order = [named.index(column) if column in named else -1 for column in columns]
        rows = [([cells[at] if at >= 0 else "" for at in order], start) for cells, start in rows
                if len(cells) == len(named)]  # fmt: skip
    held.extend(rows)


def _bare(name: str) -> str:
    return re.split(r"\.", name.strip())[-1].strip('`"[] ')


def _columns(text: str, at: int) -> list[str]:
    """The columns of a CREATE statement, whose body begins there."""
    end = text.find("\n)", at, at + _LONGEST)
    names = _COLUMN.findall(text[at:end]) if end >= 0 else []
    return [name for name in names if name.lower() not in _NO_COLUMN]


def _tuples(text: str, at: int, statement: int) -> list[tuple[list[str], int]]:
    """The rows in brackets from a place on; the first one begins where its statement does."""
    rows: list[tuple[list[str], int]] = []
    while text[at : at + 1] == "(":
        begun = at if rows else statement
        cells, at = _cells(text, at + 1)
        rows.append((cells, begun))
        between = _BETWEEN.match(text, at)
        at = between.end() if between else at
    return rows


def _cells(text: str, at: int) -> tuple[list[str], int]:
    cells = []
    while found := _VALUE.match(text, at):
        cells.append(_value(found))
        at = found.end()
        if text[at : at + 1] != ",":
            break
        at += 1
    return cells, at + 1


def _value(found: re.Match[str]) -> str:
    if found[1] is not None:
        return re.sub(r"\\(.)", r"\1", found[1].replace("''", "'"))
    return found[2] if found[2] is not None else (found[3] or "").strip()


def _copied(text: str, at: int) -> tuple[list[tuple[list[str], int]], int]:
    """The rows of a block, and where it ends."""
    rows = []
    while (end := text.find("\n", at)) >= 0 and text[at:end] != "\\.":
        cells = ["" if cell == "\\N" else cell for cell in text[at:end].split("\t")]
        rows.append((cells, at))
        at = end + 1
    return rows, at
