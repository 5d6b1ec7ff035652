"""A passage of code is found by what it stands in: a method by its class, over page borders."""

from __future__ import annotations

from pathlib import Path

from infinidoc.page_rows import page_rows
from infinidoc.reading import open_source
from infinidoc.store import Store
from tests.test_store import fill

METHODS = "\n".join(
    f"    def step_{n}(self):\n" + "\n".join(f"        mix(flour, {n}, {m})" for m in range(20))
    for n in range(20)
)
MODULE = f'class Bakery:\n    """Bakes."""\n\n{METHODS}\n\n    def close(self):\n        lock()\n'


def test_a_method_is_found_by_the_class_it_stands_in(tmp_path: Path) -> None:
    (tmp_path / "bakery.py").write_text(MODULE)
    pages = list(open_source(tmp_path).pages())
    assert len(pages) > 2
    rows = [passage for page in pages for passage in page_rows(page, page.number, 0)[1]]
    assert {row["within"].split(":")[0] for row in rows[1:]} == {"class Bakery"}
    with Store(None) as store:
        document = fill(store)
        store.add_passages(document, [{**rows[-1], "page": 1, "start": 10**6, "end": 10**6 + 1}])
        (hit,) = store.search([document], "How does the bakery close?", limit=9)
        assert "Bakery" not in hit["text"], "what it stands in is no part of it"


def test_prose_with_indented_paragraphs_stands_in_nothing(tmp_path: Path) -> None:
    (tmp_path / "novel.txt").write_text("One day\n    It rained.\n    She left.\n")
    (page,) = open_source(tmp_path).pages()
    assert page.within is None
