"""A notebook is its cells and what they put out."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from infinidoc.errors import SourceError
from infinidoc.reading import open_source
from tests.sources import cell, notebook, read, text_of, where, write

PICTURE = {"image/png": "iVBORw0KGgo" * 400, "text/plain": "<Figure size 640x480>"}


def test_a_notebook_is_its_cells(tmp_path: Path) -> None:
    outputs = [
        {"output_type": "stream", "text": ["mean ", "7.5\n"]},
        {"output_type": "display_data", "data": PICTURE},
        {
            "output_type": "execute_result",
            "data": {"text/html": "<b>9</b>", "text/plain": "'nine'"},
        },
        {"output_type": "execute_result", "data": {"text/html": "<b>te</b>n"}},
        {"output_type": "error", "traceback": ["\x1b[0;31mValueError\x1b[0m: no", "end"]},
    ]
    data = notebook(
        cell(["# Harvest\n", 'It was "best".'], "markdown"),
        cell("def f():\n    return 1", outputs=outputs),
        cell("", "code"),
        cell("a ![p](data:image/png;base64,iVBORw0KGgoAAAA=)", "markdown"),
    )
    source, pages = read(write(tmp_path / "a.ipynb", data))
    assert [where(page) for page in pages] == ["cell 1", "cell 2", "cell 4"]
    assert pages[0].text == '# Harvest\nIt was "best".\n'
    assert pages[1].text == (
        "def f():\n    return 1\n\nmean 7.5\n\n'nine'\n\nten\n\nValueError: no\nend\n"
    )
    assert "iVBOR" not in "".join(page.text for page in pages)
    assert {page.title for page in pages} == {"Harvest"}
    assert any("1 image/png" in warning for warning in source.warnings)


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ({**PICTURE, "text/plain": ["The mean ", "is 4"], "text/latex": "$4$"}, "The mean is 4"),
        ({**PICTURE, "text/latex": "$4$"}, "$4$"),
        ({**PICTURE, "text/plain": "<Figure size 640x480 with 1 Axes>"}, ""),
        ({**PICTURE, "text/plain": "<Axes at 0x7f>", "text/html": "<b>4</b> eels"}, "4 eels"),
        ({"text/plain": "<Styler at 0x7f>", "text/html": "<td>4 eels</td>"}, "4 eels"),
        ({"text/plain": "<generator object f at 0x7f>"}, "<generator object f at 0x7f>"),
        ({"text/plain": "<Map>", "text/html": "<script>1</script>"}, "<Map>"),
    ],
)
def test_the_text_of_an_output_is_kept_beside_its_other_forms(
    tmp_path: Path, data: dict[str, str], text: str
) -> None:
    output = {"output_type": "execute_result", "data": data}
    source, (page,) = read(write(tmp_path / "a.ipynb", notebook(cell("x", outputs=[output]))))
    assert page.text == (f"x\n\n{text}\n" if text else "x\n")
    pictures = any("1 image/png" in warning for warning in source.warnings)
    assert pictures == ("image/png" in data)


def test_old_and_piped_notebooks(tmp_path: Path) -> None:
    old = {
        "nbformat": 3,
        "worksheets": [
            {
                "cells": [
                    {"cell_type": "heading", "level": 2, "source": "Old"},
                    {
                        "cell_type": "code",
                        "input": "x",
                        "outputs": [
                            {"output_type": "pyout", "text": "4"},
                            {"output_type": "display_data", "png": "iVBOR", "text": "<Figure>"},
                        ],
                    },
                ]
            }
        ],
    }
    assert text_of(write(tmp_path / "a.ipynb", json.dumps(old))) == "## Old\nx\n\n4\n"
    with write(tmp_path / "piped", notebook(cell("print(1)"))).open("rb") as file:
        piped = open_source(file)
        assert piped.kind == "notebook"
        assert [page.text for page in piped.pages()] == ["print(1)\n"]


@pytest.mark.parametrize("level", ["²", 10**12, -1, 2.0, None])
def test_a_heading_of_no_level_is_one_of_the_first(tmp_path: Path, level: object) -> None:
    old = {"cells": [{"cell_type": "heading", "level": level, "source": "Old"}]}
    assert text_of(write(tmp_path / "a.ipynb", json.dumps(old))) == "# Old\n"


@pytest.mark.parametrize("data", ['{"cells": [', '{"a": 1}', '{"cells": 7}'])
def test_a_damaged_notebook_is_refused(tmp_path: Path, data: str) -> None:
    with pytest.raises(SourceError, match="notebook"):
        read(write(tmp_path / "a.ipynb", data))
