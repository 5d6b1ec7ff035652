"""What nests deep is read in proportion to its length, or said not to be."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from infinidoc.reading import open_source
from infinidoc.reading.markup import visible
from infinidoc.reading.parsing import DEEPEST

HEADERS = "From: Ida <i@x.org>\nSubject: {}\nMessage-ID: <{}@x.org>\nMIME-Version: 1.0\n"


@pytest.mark.parametrize(
    "block", ["<div>", "<ul><li>", "<dl><dd>", "<blockquote>", "<section>", '<div class="a">']
)
def test_blocks_in_one_another_are_read_in_proportion(block: str) -> None:
    start = time.process_time()
    page = visible(f"{block * 100_000}below</div></p></ul><p>after")
    assert time.process_time() - start < 20
    assert page.text.split() == ["below", "after"]


def test_only_blocks_that_stand_too_deep_lose_their_borders() -> None:
    deep = "<div>" * DEEPEST + "a<div>b</div>c" + "</div>" * DEEPEST
    assert visible(f"{deep}<div>d</div><div>e</div>").text == "abc\nd\ne"
    many = "<div>x</div>" * (2 * DEEPEST) + "<p>y" * (2 * DEEPEST)
    assert visible(many).text.split() == ["x"] * 2 * DEEPEST + ["y"] * 2 * DEEPEST


@pytest.mark.parametrize(("count", "notes"), [(20, 0), (500, 1), (20_000, 1)])
def test_messages_in_one_another(tmp_path: Path, count: int, notes: int) -> None:
    heads = [HEADERS.format(f"no {n}", n) for n in range(count)]
    inner = HEADERS.format("the last", "last") + "\nThe bottom.\n"
    data = "".join(f"{head}Content-Type: message/rfc822\n\n" for head in heads) + inner
    (tmp_path / "a.eml").write_text(data, "utf-8")
    source = open_source(tmp_path / "a.eml")
    text = "".join(page.text for page in source.pages())
    assert "Subject: no 19" in text
    assert len(source.warnings) == notes
    assert ("The bottom." in text) is (not notes)
    assert all("more than 100 deep: the inner ones are not read" in w for w in source.warnings)
