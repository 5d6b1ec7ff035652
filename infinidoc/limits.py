"""How much one document may take of the machine: in force by default, raised by who asks.

A limit is written `time=300` or `memory=8G`. What an option says goes before the variables,
they before the setting `limits` ("time=300 memory=8G").
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from typing import Any

from infinidoc import home
from infinidoc.errors import SourceError, UsageError

_VARIABLES = {"time": "INFINIDOC_READER_SECONDS", "memory": "INFINIDOC_READER_MEMORY"}
_UNITS = {"k": 1 << 10, "m": 1 << 20, "g": 1 << 30}


@dataclass(frozen=True)
class Limits:
    """`time`: seconds of the processor for opening and for each page; `memory`: bytes of the
    reader's address space, of which it needs a tenth; `text`: bytes of all pages; `pages`: their
    number."""

    time: float = 120.0
    memory: int = 4 << 30
    text: int = 4 << 30
    pages: int = 1_000_000

    @classmethod
    def chosen(cls, wanted: Iterable[str] = ()) -> Limits:
        """The limits in force, with those that are `wanted`; UsageError for what is none."""
        limits = cls().changed((home.setting("limits") or "").split())
        given = [f"{name}={os.environ[key]}" for name, key in _VARIABLES.items() if _is_set(key)]
        return limits.changed([*given, *wanted])

    def changed(self, wanted: Iterable[str]) -> Limits:
        """These limits with those that are `wanted`; UsageError for what is none."""
        changed: dict[str, Any] = {}
        for one in wanted:
            name, _, amount = one.partition("=")
            if name not in {field.name for field in fields(self)}:
                hint = "such as " + " ".join(f"{field.name}=..." for field in fields(self))
                raise UsageError(f"no limit is called {name!r}", hint=hint)
            changed[name] = _amount(name, amount)
        return replace(self, **changed)

    def exceeded(self, name: str, what: str, where: str) -> SourceError:
        """That a document went beyond the limit of this name, and how to raise it."""
        twice = 2 * getattr(self, name)
        raised = f"{twice:g}" if name == "time" else written(twice)
        hint = f"ingest --limit {name}={raised} raises the limit"
        return SourceError(what, where=where, hint=hint)


def number_of_bytes(text: str) -> int:
    """`500`, `500k`, `2M`, `1G` as a number of bytes; ValueError for what is none."""
    digits = text.strip().lower().removesuffix("b")
    factor = _UNITS.get(digits[-1:], 1)
    number = float(digits[:-1] if factor > 1 else digits) * factor
    if not 0 <= number < math.inf:
        raise ValueError("no number of bytes")
    return int(number)


def written(count: int) -> str:
    """A number of bytes as an option takes it."""
    units = (unit for unit in ("g", "m", "k") if count and count % _UNITS[unit] == 0)
    unit = next(units, None)
    return f"{count // _UNITS[unit]}{unit.upper()}" if unit else str(count)


def _amount(name: str, text: str) -> float | int:
    """What a limit is set to: seconds can be parts of one."""
    try:
        amount = float(text) if name == "time" else number_of_bytes(text)
        if not math.isfinite(amount) or amount <= 0:
            raise ValueError("no limit")
    except ValueError:
        hint = f"such as {name}={'300' if name in ('time', 'pages') else '8G'}"
        raise UsageError(f"the limit of {name} is no number: {text!r}", hint=hint) from None
    return amount


def _is_set(variable: str) -> bool:
    return bool(os.environ.get(variable))
