"""What a line stands in, as indentation tells it: a method in its class, a step in its list.

The lines above it that are less and less indented, as `git diff` names what a change is in.
"""

from __future__ import annotations

LONGEST = 160  # characters of a line that something stands in
DEEPEST = 8  # of them that are kept
_NONE = tuple(")]}\"'#*/")  # what a line begins with in which nothing stands


class Indentation:
    """The lines that the next one may stand in, outermost first."""

    def __init__(self, lines: str = "") -> None:
        """`lines`: those of another, as `lines` gives them."""
        self._open: list[tuple[int, str]] = []
        for line in lines.splitlines():
            self.add(line)

    def add(self, line: str) -> None:
        """Take in the line that comes next."""
        text = line.strip()
        if not text or text.startswith(_NONE):
            return
        depth = _depth(line)
        self._open = [one for one in self._open if one[0] < depth][: DEEPEST - 1]
        self._open.append((depth, line.rstrip()[: depth + LONGEST]))

    def enclosing(self, text: str) -> str:
        """The words of the lines that the first line of `text` stands in, in one line."""
        first = next((line for line in text.splitlines() if line.strip()), "")
        depth = _depth(first)
        return " ".join(line.strip() for indent, line in self._open if indent < depth)

    @property
    def lines(self) -> str:
        """The lines as they are written."""
        return "\n".join(line for _, line in self._open)


def _depth(line: str) -> int:
    expanded = line.expandtabs(8)
    return len(expanded) - len(expanded.lstrip())
