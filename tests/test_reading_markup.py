"""What of HTML, Markdown and drawings is text."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from infinidoc.errors import SourceError
from infinidoc.reading import markdown, open_source
from infinidoc.reading.markdown import headed
from infinidoc.reading.markup import visible, visible_text
from infinidoc.reading.pages import Line
from infinidoc.reading.parsing import labels
from infinidoc.reading.signatures import is_html
from tests.sources import made

# -- HTML -------------------------------------------------------------------------------------


def test_a_table_is_read_row_by_row() -> None:
    rows = "<tr><th>Name<th>Crowns</tr><tr><td><p>Ada</p></td><td></td><td>12</td></tr>"
    assert visible(f"<p>Wages</p><table>{rows}</table><p>End").text == (
        "Wages\n\nName\tCrowns\nAda\t\t12\n\nEnd"
    )


def test_numbers_of_a_list_images_and_readings_are_text() -> None:
    assert visible("<ul><li>a<ul><li>b</ul><li>c</ul>d").text == "a\nb\nc\n\nd"
    assert visible("<ol start=3><li>Sweep<li><p>Wash</p></ol>").text == "3. Sweep\n\n4. Wash"
    assert visible('<p>See <img src="i.png" alt="a map"/>.').text == "See [a map]."
    assert visible("<ruby>灯台<rp>(</rp><rt>とうだい</rt></ruby>").text == "灯台(とうだい)"
    assert (
        visible("10<sup>6</sup> in the 21<sup>st</sup> century").text == "10^6 in the 21st century"
    )


def test_what_is_not_shown_is_no_text() -> None:
    hidden = "<p hidden>a<b>b</b></p><p style='display: none'>c</p><template>d</template>"
    svg = "<svg><title>e</title><text>drawn</text></svg>"
    page = visible(f"<title>T</title>{hidden}<p>seen</p>{svg}<noscript>f</noscript>")
    assert page.text == "seen\n\ndrawn"
    assert page.title == "T"


def test_code_keeps_its_indentation_and_lines() -> None:
    assert visible("<p>x<pre>\nif a:\n    b\n\n\n\nc\n</pre><p>y").text == (
        "x\n\nif a:\n    b\n\n\n\nc\n\ny"
    )
    assert visible("one<br>two<br><br>three").text == "one\ntwo\n\nthree"


def test_headings_of_a_page_are_chapters(tmp_path: Path) -> None:
    source = made(
        tmp_path / "a.html",
        "<title>Book</title><p>Before.</p><h1>One<br>and <i>more</i></h1><p>a<h3>x</h3>b"
        "<h2>Two</h2>c",
    )
    pages = list(source.pages())
    assert [(page.title, page.chapter) for page in pages] == [
        ("One and more", False),
        ("One and more", True),
        ("Two", True),
    ]
    assert [page.text.split("\n")[0] for page in pages] == ["Before.", "One", "Two"]


def test_without_a_heading_the_title_is_the_title() -> None:
    assert visible_text("<title>A &amp; B</title><p>text") == ("text", "A & B")
    assert visible_text("<title>A</title><h3>B</h3>text") == ("B\n\ntext", "B")


def test_xhtml_is_read_as_xml_or_as_html_if_it_is_broken() -> None:
    head = '<?xml version="1.0"?><html><head><title/><script src="x"/></head>'
    whole = f"{head}<body><p epub:type='z'>a&nbsp;&eacute;<![CDATA[ <b> ]]></p></body></html>"
    assert visible(whole, xml=True).text == "a é <b>"
    assert visible(f"{head}<body><p>a & b<p>c", xml=True).text == "a & b\n\nc"


@pytest.mark.parametrize(
    "page",
    ["<a b=" * 8000, "<!--" * 10000, '<a href="' * 8000, "<b><p>" * 9000, "a < b " * 90000],
)
def test_hostile_markup_takes_no_time(page: str) -> None:
    start = time.perf_counter()
    visible(page)
    visible(page, xml=True)
    labels(page.encode())
    is_html(page.encode())
    assert time.perf_counter() - start < 2


def test_nothing_is_lost_in_deep_markup() -> None:
    assert visible("<div><font>" * 3000 + "deep").text == "deep"


# -- Markdown ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "titles"),
    [
        ("# Setup\n\n```make all``` first.\n\n# Feeding\n", ["Setup", "Feeding"]),
        ("# A\n\n````md\n```sh\n# no\n```\n````\n\n# B\n", ["A", "B"]),
        ("# A\n\n```\n~~~\n# no\n```\n\n# B\n", ["A", "B"]),
        ("Setup\n=====\n\nFirst.\n\nFeeding *now*\n---\n\n***\n", ["Setup", "Feeding now"]),
        ("    # code\n\n#no\n\n####### no\n\n   ## Yes ##\n", ["Yes"]),
        ("- # item\n\n> # quoted\n\n<!--\n# comment\n-->\n\n<pre>\n# no\n</pre>\n", []),
        ("two\nlines\n===\n\ntext\n", ["two lines"]),
        ("---\ntitle: Notes\ndate: 2026\n---\n\n# A\n", ["A"]),
        ("+++\ntitle = 'Notes'\n+++\n# A\n", ["A"]),
        ("---\n\nA\n---\n", ["A"]),
        ("# The `<nobr>` tag & [links](u)\n", ["The <nobr> tag & links"]),
        ("```\n# never closed\n", []),
        ("#\tTabs\r\n\r\ntext\r\n", ["Tabs"]),
        ("### A\n\ntext\n\n### B\n\n#### Sea\n\n##### no\n", ["A", "B", "Sea"]),
        ("# A\n\n### B\n\n#### no\n\n### Sea\n", ["A", "B", "Sea"]),
        ("#### no\n\n## A\n\n#### Chapter I: B\n\n# Sea\n", ["A", "Chapter I: B", "Sea"]),
    ],
)
def test_headings_by_commonmark(tmp_path: Path, text: str, titles: list[str]) -> None:
    source = made(tmp_path / "a.md", text)
    pages = list(source.pages())
    assert [page.title for page in pages if page.chapter] == titles
    if "<!--" not in text:  # HTML is taken out
        assert "".join(page.text for page in pages) == text.replace("\r\n", "\n")


def test_headings_are_the_same_in_a_stream(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(markdown, "STRETCH", stretch := 1 << 16)
    part = "# One\n\n````\n# no\n```\n````\n\nTwo\nlines\n---\n\n- item\n\n      # code\n\nend\n"
    lines = [
        Line(n, text) for n, text in enumerate((part * (3 * stretch // len(part))).split("\n"))
    ]
    found = [line.number % 16 for line in headed(lines) if line.heading]
    assert found == [0, 7] * (3 * stretch // len(part))


# -- EPUB -------------------------------------------------------------------------------------


def test_html_within_markdown_is_not_on_the_page(tmp_path: Path) -> None:
    """Its tags and comments go, its words stay in their lines; code and other brackets stay."""
    text = """# <span id="1">Cloud</span> <a name="x"></a>Terms

1. <span class="h">Fees</span> of `<b>` and List<String><br>next.

<p align="center">
  <img src="a.png" alt="x">
  Hello <b>world</b>
</p>

<!-- a comment
over lines -->

```html
<div>kept</div>
```
    x < y
"""
    path = tmp_path / "terms.md"
    path.write_text(text)
    (page,) = open_source(path).pages()
    assert page.title == "Cloud Terms"
    lines = page.text.split("\n")
    assert len(lines) == len(text.split("\n"))
    assert lines[2] == "1. Fees of `<b>` and List<String> next."
    assert [line.strip() for line in lines[4:8]] == ["", "", "Hello world", ""]
    assert not "".join(lines[8:12]).strip()
    assert "<div>kept</div>" in lines
    assert "    x < y" in lines


def test_a_drawing_is_its_words(tmp_path: Path) -> None:
    """In a folder one without words is left out, like any other picture."""
    begins = '<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg"><path d="M 1 2 3"/>'
    style = "<style>.a{fill:red}</style><title>Flow of the pump</title>"
    lines = '<text>Inlet <tspan fill="red">valve</tspan></text><text><tspan x="1" dy="1">'
    more = 'First</tspan><tspan x="1" dy="2">second</tspan></text></svg>'
    (tmp_path / "flow.svg").write_text(begins + style + lines + more)
    (tmp_path / "logo.svg").write_text(begins + "</svg>")
    source = open_source(tmp_path)
    (page,) = source.pages()
    assert page.path == "flow.svg"
    assert page.text.split() == "Flow of the pump Inlet valve First second".split()
    assert any("logo.svg" in warning for warning in source.warnings)
    with pytest.raises(SourceError, match="no text"):
        list(open_source(tmp_path / "logo.svg").pages())
