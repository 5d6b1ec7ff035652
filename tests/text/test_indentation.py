"""What a line stands in, by indentation."""

from __future__ import annotations

from infinidoc.reading.indentation import Indentation

MODULE = '''\
class Signer:
    """Signs."""

    def __init__(
        self,
        salt: bytes = b"s",
    ) -> None:
        self.salt = salt

def other():
'''


def enclosing(lines: list[str], at: int) -> str:
    indentation = Indentation()
    for line in lines[:at]:
        indentation.add(line)
    return indentation.enclosing(lines[at])


def test_a_line_stands_in_less_indented_ones() -> None:
    lines = MODULE.splitlines()
    assert enclosing(lines, 0) == ""
    assert enclosing(lines, 3) == "class Signer:"
    assert enclosing(lines, 5) == "class Signer: def __init__("
    assert enclosing(lines, 7) == "class Signer: def __init__("
    assert enclosing(lines, 9) == ""


def test_it_goes_on_from_where_a_page_ended() -> None:
    lines = MODULE.splitlines()
    first = Indentation()
    for line in lines[:5]:
        first.add(line)
    second = Indentation(first.lines)
    for line in lines[5:7]:
        second.add(line)
    assert second.enclosing("\n".join(["", *lines[7:]])) == enclosing(lines, 7)


def test_lists_and_tabs_are_indented_too() -> None:
    lines = ["- Fruit", "\t- Apples", "\t\t- sour"]
    assert enclosing(lines, 2) == "- Fruit - Apples"
    deep = [" " * depth + "x" * 400 for depth in range(30)]
    assert len(enclosing(deep, 29)) < 8 * 170, "what is kept is bounded"
