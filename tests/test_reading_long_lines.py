"""Pages are cut between sentences, however long a line is."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from infinidoc.reading import Page
from infinidoc.reading.pages import PAGE, Line, cut_pages, plainly_headed
from tests.sources import made, shown

# -- pages of long lines ----------------------------------------------------------------------


def borders(pages: list[Page]) -> list[str]:
    return [
        first.text[-1] + second.text[0] for first, second in zip(pages, pages[1:], strict=False)
    ]


@pytest.mark.parametrize("name", ["a.txt", "a.md", "a.html"])
def test_a_long_line_is_cut_between_sentences(tmp_path: Path, name: str) -> None:
    text = " ".join(f"Then speaker {n} said that it was dark again." for n in range(700))
    source = made(tmp_path / name, f"<p>{text}" if name == "a.html" else text)
    pages = list(source.pages())
    assert "".join(page.text for page in pages).split() == text.split()
    assert all(PAGE * 0.8 < len(page.text) <= PAGE + 1 for page in pages[:-1])
    assert all(page.text.startswith("Then") for page in pages)


def test_a_long_line_without_sentences_is_cut_between_words(tmp_path: Path) -> None:
    text = " ".join(f"word{n}" for n in range(6000))
    pages = list(made(tmp_path / "a.txt", text).pages())
    assert "".join(page.text for page in pages) == text + "\n"
    assert all(len(page.text) <= PAGE + 1 for page in pages)
    assert set(borders(pages)) == {" w"}


def test_lines_without_spaces_are_cut_behind_their_sentences(tmp_path: Path) -> None:
    text = "老磨坊主坐在河边，等着他的儿子。" * 900
    pages = list(made(tmp_path / "a.txt", text).pages())
    assert "".join(page.text for page in pages) == text + "\n"
    assert set(borders(pages)) == {"。老"}
    assert max(len(page.text) for page in pages) <= PAGE + 1


@settings(max_examples=60, deadline=None)
@given(
    texts=st.lists(st.text(alphabet="ab .。é\u0301", max_size=200), max_size=8),
    size=st.integers(5, 60),
)
def test_pages_are_bounded_and_lose_nothing(texts: list[str], size: int) -> None:
    pages = list(cut_pages(plainly_headed(Line(n, text) for n, text in enumerate(texts, 1)), size))
    assert "".join(page.text for page in pages) == "".join(text + "\n" for text in texts)
    assert all(len(page.text) <= size + 1 for page in pages)
    for page, following in zip(pages, pages[1:], strict=False):
        inside = page.text[-1].isalpha() and following.text[0].isalpha()
        assert not inside or " " not in page.text[1:]


# -- EPUB -------------------------------------------------------------------------------------


def test_words_broken_at_the_end_of_a_line_of_prose_are_whole(tmp_path: Path) -> None:
    text = "The old light-\nhouse keeper was light-\nheaded and well-\nknown.\n"
    whole = "The old lighthouse\nkeeper was light-headed\nand well-known.\n"
    assert shown(made(tmp_path / "a.txt", text)) == whole
    assert shown(made(tmp_path / "a.py", text)) == text
    assert shown(made(tmp_path / "a.log", text)) == text
