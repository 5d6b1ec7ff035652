"""Tables and records are cited by row."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from infinidoc.errors import SourceError
from infinidoc.reading.records import Elements
from tests.sources import cited, read, write


@pytest.mark.parametrize("data", ['a,"' + "b" * 400, 'x,y\n"' + "b\n" * 400, "c" * 400])
def test_a_cell_without_end_is_no_table(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, data: str
) -> None:
    """A quotation mark that nobody closes makes the rest of a file one cell."""
    monkeypatch.setattr("infinidoc.reading.table.LONGEST_CELL", 300)
    with pytest.raises(SourceError, match=r"damaged table.*rename it to \.txt"):
        read(write(tmp_path / "a.csv", data))


def test_a_table_is_cited_by_row(tmp_path: Path) -> None:
    rows = [["Name", "Town", "Remark"], ["Ruth Olsen", "Oslo, west", 'says "no"\nand goes']]
    rows += [["", "", ""]] + [[f"Nobody {n}", "Bergen", "x" * 40] for n in range(4, 200)]
    quoted = "\n".join(",".join(f'"{c}"'.replace('"no"', '""no""') for c in row) for row in rows)
    source, pages = read(write(tmp_path / "a.csv", quoted + "\n"))
    assert source.kind == "table"
    assert "Name: Ruth Olsen; Town: Oslo, west; Remark: says" in pages[0].text
    assert cited(pages[0], "Ruth Olsen") == "row 2"
    found = next(page for page in pages if "Nobody 150" in page.text)
    assert cited(found, "Nobody 150") == "row 150"
    for between in "\t;|":
        text = between.join(["Name", "Age"]) + "\n" + between.join(["Weiss", "1,5"]) + "\n"
        assert "Name: Weiss; Age: 1,5" in read(write(tmp_path / "b.csv", text))[1][0].text
    (page,) = read(write(tmp_path / "c.tsv", "1911\t80\n1912\t90\n"))[1]
    assert page.text == "1911; 80\n1912; 90\n"


def test_records_are_cited_by_row(tmp_path: Path) -> None:
    records = [{"name": f"Keeper {n}", "at": {"town": "Måløy", "n": [n, 1]}} for n in range(300)]
    for name in ("a.jsonl", "b.json", "c.json"):
        text = json.dumps(records, indent=2 if name == "c.json" else None)
        if name == "a.jsonl":
            text = "\n".join(map(json.dumps, records))
        source, pages = read(write(tmp_path / name, text))
        assert source.kind == name.partition(".")[2]
        assert pages[0].text.startswith("name: Keeper 0; at.town: Måløy; at.n: 0, 1\n")
        found = next(page for page in pages if "Keeper 250;" in page.text)
        assert cited(found, "Keeper 250;") == "row 251"


def test_damaged_records_are_named(tmp_path: Path) -> None:
    source, pages = read(write(tmp_path / "a.jsonl", '{"a": "Ruth"}\n{broken\n\n{"a": 2}\n'))
    assert [page.text for page in pages] == ["a: Ruth\n{broken\n\na: 2\n"]
    assert source.warnings == ["1 lines are no JSON, read as they are: 2"]
    source, pages = read(write(tmp_path / "a.json", '[{"a": "Ruth"}, {"a": 2'))
    assert pages[0].text == "a: Ruth\n"
    assert pages[1].problem == "damaged behind row 1: the rest is not read"


def test_json_that_is_no_list_is_cited_by_line(tmp_path: Path) -> None:
    text = '{\n  "name": "Bj\\u00f6rn",\n  "path": "a\\u002fb \\"x\\"",\n'
    text += '  "smile": "\\ud83d\\ude00"\n}\n'
    (page,) = read(write(tmp_path / "a.json", text))[1]
    assert '"name": "Björn"' in page.text
    assert '\\"x\\"' in page.text
    assert "😀" in page.text
    assert cited(page, "😀") == "page 1, line 4"


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
def test_elements_of_a_list_in_pieces(size: int) -> None:
    text = ' [1, 23 ,"a]b", {"x": [4, {"y": "é,"}]} , [], null, -1.5e3 ] '
    pieces = (text[at : at + size] for at in range(0, len(text), size))
    elements = Elements(pieces)
    assert list(elements) == json.loads(text)
    assert not elements.broken
    for cut in range(text.index("]} ,")):
        elements = Elements(iter([text[:cut]]))
        assert list(elements) == json.loads(text)[: elements.count]
        assert elements.broken
