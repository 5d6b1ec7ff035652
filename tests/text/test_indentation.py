"""What a line stands in, by indentation."""

from __future__ import annotations

from infinidoc.text.indentation import Indentation

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


def around(lines: list[str], at: int) -> str:
    indentation = Indentation()
    for line in lines[:at]:
        indentation.pass_by(line)
    return indentation.around(lines[at])


def test_a_line_stands_in_less_indented_ones() -> None:
    lines = MODULE.splitlines()
    assert around(lines, 0) == ""
    assert around(lines, 3) == "class Signer:"
    assert around(lines, 5) == "class Signer: def __init__("
    assert around(lines, 7) == "class Signer: def __init__("
    assert around(lines, 9) == ""


def test_it_goes_on_from_where_a_page_ended() -> None:
    lines = MODULE.splitlines()
    first = Indentation()
    for line in lines[:5]:
        first.pass_by(line)
    second = Indentation(first.lines)
    for line in lines[5:7]:
        second.pass_by(line)
    assert second.around("\n".join(["", *lines[7:]])) == around(lines, 7)


def test_lists_and_tabs_are_indented_too() -> None:
    lines = ["- Fruit", "\t- Apples", "\t\t- sour"]
    assert around(lines, 2) == "- Fruit - Apples"
    deep = [" " * depth + "x" * 400 for depth in range(30)]
    assert len(around(deep, 29)) < 8 * 170, "what is kept is bounded"
