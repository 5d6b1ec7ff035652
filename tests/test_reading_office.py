"""Rich text, Word, OpenDocument and slides are their words under headings."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

import pytest

from infinidoc.errors import SourceError
from infinidoc.labels import place
from infinidoc.reading import open_source
from infinidoc.reading.office import package
from tests import seeds
from tests.sources import docx, read, text_of, write

# -- rich text and Word -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (r"R\'f6mer {\b Odette Var}{\i ga}\'92s", "Römer Odette Varga’s"),
        (r"\u321\'3fód\u378 ? \u-10179?\u-8704?", "Łódź 😀"),
        (r"\uc0\u1046\u1091\u1082  and {\uc2\u8364 ??}5", "Жук and €5"),
        (r"{\f2 \'cf\'f0\'e8} and \'e9", "При and é"),
        (r"a\tab b\line c \{d\} e\~f\emdash g", "a\tb\nc {d} e\xa0f—g"),
        (r"{\pict\pngblip 89504e47}word", "word"),
        (r"wa\-ter\-wheel", "waterwheel"),
        (r"Seen{\xe {\v index entry}} {\rtlch\f1 \v hidden {\b too}}{\v0 on} so", "Seen on so"),
        (r"Odette{\super 1{\*\footnote\pard See the codicil.}} inherits", "Odette1 inherits"),
    ],
)
def test_rich_text_is_its_words(tmp_path: Path, body: str, text: str) -> None:
    fonts = r"{\fonttbl{\f0\froman Garamond;}{\f1\fnil\fcharset0 A;}{\f2\fcharset204 B;}}"
    data = rf"{{\rtf1\ansi\ansicpg1252\deff0{fonts}\pard\f0 {body}\par}}"
    read_text = text_of(write(tmp_path / "a.rtf", data))
    assert read_text.startswith(text + "\n")
    assert ("footnote" in body) == ("See the codicil." in read_text)


def test_the_code_page_of_rich_text(tmp_path: Path) -> None:
    data = rb"{\rtf1\ansi\ansicpg1251{\fonttbl{\f0 Arial;}{\f1\fcharset238 B;}}\f0 \'cc\'e8\'f0}"
    assert text_of(write(tmp_path / "a.rtf", data)) == "Мир\n"
    assert text_of(write(tmp_path / "b", rb"{\rtf1\mac \'8er}")) == "ér\n"


@pytest.mark.parametrize(
    ("page", "charset", "body", "text"),
    [
        (932, 128, r"\'8eR\'93c\'81B{\b \'83|}\'82\'cd", "山田。ポは"),
        (932, 128, "\\'8e\r\n\\'9d\\'8e\nR", "持山"),
        (932, 128, r"\'95\\ \'83\{ \'83\'5c", "表 ボ ソ"),
        (1252, 128, r"\'8eR caf{\f1 \'e9}", "山 café"),
        (1252, 128, r"\uc2\u23665\'8eR.", "山."),
        (936, 134, r"\'b5\'c6\'81@x", "灯丂x"),
        (949, 129, r"\'b0\'a1\'81A", "가갂"),
        (950, 136, r"\'a4@\'a4A", "一乙"),
        (932, 128, r"\'8e\par R", "\ufffd\nR"),
    ],
)
def test_the_second_byte_of_a_character_may_be_a_plain_letter(
    tmp_path: Path, page: int, charset: int, body: str, text: str
) -> None:
    fonts = rf"{{\fonttbl{{\f0\fcharset{charset} A;}}{{\f1\fcharset0 B;}}}}"
    data = rf"{{\rtf1\ansi\ansicpg{page}\deff0{fonts}\f0 {body}\par}}"
    source = open_source(write(tmp_path / "a.rtf", data))
    assert "".join(page.text for page in source.pages()) == f"{text}\n"
    assert bool(source.warnings) == ("\ufffd" in text)


def test_text_in_the_fields_of_a_word_file_is_read(tmp_path: Path) -> None:
    def inside(element: str, text: str) -> str:
        field = f"<w:{element}><w:r><w:t>{text}</w:t></w:r></w:{element.split()[0]}>"
        return f" </w:t></w:r>{field}<w:r><w:t>"

    dated = inside("fldSimple w:instr='DATE'", "3 May 1931") + inside("bdo w:val='rtl'", "אבג")
    math = "http://schemas.openxmlformats.org/officeDocument/2006/math"
    formula = f"</w:t></w:r><m:oMath xmlns:m='{math}'><m:r/></m:oMath><w:r><w:t>"
    source, (page,) = read(docx(tmp_path / "a.docx", (None, f"Sold on {dated}{formula}.")))
    assert "3 May 1931" in page.text
    assert "אבג" in page.text
    assert source.warnings == ["formulas are not read"]


def test_a_word_file_is_its_paragraphs_under_headings(tmp_path: Path) -> None:
    path = docx(
        tmp_path / "a.docx",
        ("Heading1", "The vault"),
        (None, "It was built by Carl Weiss."),
        ("Heading2", "The key"),
        (None, "Ruth Olsen keeps it."),
    )
    source, pages = read(path)
    assert source.kind == "docx"
    assert [page.title for page in pages] == ["The vault", "The key"]
    assert all(page.chapter for page in pages)
    assert "It was built by Carl Weiss.\n" in pages[0].text
    assert [page.text for page in read(path.rename(tmp_path / "nameless"))[1]] == [
        page.text for page in pages
    ]


def test_a_damaged_word_file_is_refused_with_what_to_do(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.docx", "w") as packed:
        packed.writestr("word/document.xml", "<w:document")
    with pytest.raises(SourceError, match=r"damaged Word file.*save it again"):
        read(tmp_path / "a.docx")


# -- logs -------------------------------------------------------------------------------------


def test_a_flat_opendocument_text_is_read(tmp_path: Path) -> None:
    kind = 'office:mimetype="application/vnd.oasis.opendocument.text"'
    body = "<text:h text:outline-level='1'>Vault</text:h><text:p>Ruth <b>Ol</b>sen.</text:p>"
    flat = f"<?xml version='1.0'?><office:document xmlns:office='o' {kind}>"
    flat += "<office:meta><x>LibreOffice</x></office:meta><office:body>"
    source, pages = read(write(tmp_path / "a", f"{flat}{body}</office:body></office:document>"))
    assert (source.kind, pages[0].text) == ("odt", "Vault\n\nRuth Olsen.\n")


# -- office -----------------------------------------------------------------------------------

ODF = "urn:oasis:names:tc:opendocument:xmlns:"

ODT_TYPE = "application/vnd.oasis.opendocument.text"


def odt(path: Path, body: str, manifest: str = "<manifest/>") -> Path:
    names = " ".join(f'xmlns:{n}="{ODF}{n}:1.0"' for n in ("office", "text", "table", "draw"))
    content = f"<office:document-content {names}><office:body>{body}</office:body>"
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr("mimetype", ODT_TYPE)
        packed.writestr("META-INF/manifest.xml", manifest)
        packed.writestr("content.xml", content + "</office:document-content>")
    return path


ODT_BODY = """
<text:tracked-changes><text:p>gone</text:p></text:tracked-changes>
<text:h text:outline-level="1">The vault</text:h>
<text:p>Carl<text:s text:c="2"/>Weiss<text:tab/>built<text:line-break/>it<text:note>
<text:note-citation>1</text:note-citation><text:note-body><text:p>In 1911.</text:p>
</text:note-body></text:note>.</text:p>
<text:list><text:list-item><text:p>one key</text:p></text:list-item></text:list>
<table:table><table:table-row><table:table-cell><text:p>Name</text:p></table:table-cell>
<table:table-cell><text:p>Age</text:p></table:table-cell></table:table-row></table:table>
<text:p><draw:frame><draw:image/></draw:frame><office:annotation><text:p>really?</text:p>
</office:annotation></text:p>
<text:h text:outline-level="2">The key</text:h><text:p>Ruth Olsen keeps it.</text:p>
"""


def test_an_opendocument_text_is_its_paragraphs_under_headings(tmp_path: Path) -> None:
    source, pages = read(odt(tmp_path / "a.odt", ODT_BODY))
    assert source.kind == "odt"
    assert [page.title for page in pages] == ["The vault", "The key"]
    text = pages[0].text
    assert "gone" not in text
    assert "really?" not in text
    assert "Weiss" in text
    assert "In 1911." in text
    assert "one key" in text
    assert "Name\tAge\n" in text
    assert source.warnings == ["1 pictures are not read", "1 comments are not read"]


def test_an_encrypted_or_damaged_opendocument_text_is_refused(tmp_path: Path) -> None:
    path = odt(tmp_path / "a.odt", ODT_BODY, '<m><f/><encryption-data x="1"/></m>')
    with pytest.raises(SourceError, match=r"encrypted.*without a password"):
        read(path)
    with zipfile.ZipFile(tmp_path / "b.odt", "w") as packed:
        packed.writestr("mimetype", ODT_TYPE)
    with pytest.raises(SourceError, match="damaged OpenDocument"):
        read(tmp_path / "b.odt")


def test_slides_are_cited_by_slide(tmp_path: Path) -> None:
    pptx = pytest.importorskip("pptx")
    deck = pptx.Presentation()
    slide = deck.slides.add_slide(deck.slide_layouts[1])
    slide.shapes.title.text = "The dam"
    slide.placeholders[1].text = "Built in 1911\nby Carl Weiss"
    slide.notes_slide.notes_text_frame.text = "Mention the flood."
    slide = deck.slides.add_slide(deck.slide_layouts[5])
    slide.shapes.title.text = "Costs"
    table = slide.shapes.add_table(2, 2, 0, 0, 9999, 9999).table
    for at, text in enumerate(["Year", "Crowns", "1911", "80,000"]):
        table.cell(at // 2, at % 2).text = text
    deck.slides.add_slide(deck.slide_layouts[6]).element.set("show", "0")
    deck.save(str(tmp_path / "dam.pptx"))
    source, pages = read(tmp_path / "dam.pptx")
    assert [place(p.number, p.label) for p in pages] == ["slide 1", "slide 2"]
    assert [page.title for page in pages] == ["The dam", "Costs"]
    assert "by Carl Weiss" in pages[0].text
    assert "Notes: Mention the flood." in pages[0].text
    assert "1911\t80,000" in pages[1].text
    assert source.warnings == ["hidden slides were read, too: 3"]


def test_a_damaged_slide_costs_no_other(tmp_path: Path) -> None:
    pytest.importorskip("pptx")
    with zipfile.ZipFile(io.BytesIO(seeds.seeds("pptx", tmp_path)[0])) as packed:
        files = {name: packed.read(name) for name in packed.namelist()}
    links = "ppt/slides/_rels/slide2.xml.rels"
    files[links] = files[links].replace(b"/charts/", b"/none/")  # leads to no part
    for name, broken in (("a", links), ("b", "ppt/slides/slide1.xml")):
        files[broken] = files[broken].replace(b"<p:cNvPr ", b"<p:c ").replace(b"rId", b"rI")
        path = write(tmp_path / f"{name}.pptx", seeds.packed(files))
        pages = read(path)[1]
        assert any(page.problem == "damaged, could not be read" for page in pages)
        assert {page.label for page in pages} == {"slide 1", "slide 2"}
        assert name == "b" or "Say it." in pages[0].text


@pytest.mark.parametrize("name", ["word/document.xml", "ppt/presentation.xml"])
def test_an_office_file_that_unpacks_to_too_much_is_not_unpacked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(package, "LARGEST_TEXT", 1 << 20)
    data = seeds.packed({"[Content_Types].xml": "<Types/>", name: " " * (2 << 20)})
    assert len(data) < 9000
    with pytest.raises(SourceError, match="too large unpacked"):
        read(write(tmp_path / "a.zip", data))


def test_what_reads_slides_is_named_where_it_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "pptx", None)
    with zipfile.ZipFile(tmp_path / "a.pptx", "w") as packed:
        packed.writestr("ppt/presentation.xml", "<p/>")
    with pytest.raises(SourceError, match=r"pip install 'infinidoc\[office\]'"):
        read(tmp_path / "a.pptx")


def test_half_a_character_is_told_and_two_halves_are_one(tmp_path: Path) -> None:
    """JSON can say what UTF-8, and so a library, cannot."""
    cell = {"cell_type": "markdown", "metadata": {}, "source": ["a \ud83d b \ud83d\ude00"]}
    book = json.dumps({"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5})
    (page,) = read(write(tmp_path / "a.ipynb", book))[1]
    assert page.text.strip() == "a \ufffd b \U0001f600"


# -- books ------------------------------------------------------------------------------------


def test_damaged_xml_has_the_headings_and_paragraphs_of_its_kind(tmp_path: Path) -> None:
    """A lone `&` or a missing end is no reason to read it as words without order."""
    book = """<FictionBook><body><section><title><p>One</p><p>day</p></title><p>A & B.<empty-line/>
        </p><section><title><p>Two</p></title><p>More.</p><binary>AAAA</binary>"""
    _, pages = read(write(tmp_path / "a.fb2", book))
    assert [page.title for page in pages] == ["One day", "Two"]
    assert "A & B." in pages[0].text
    assert not any(word in page.text for page in pages for word in ("<", "AAAA"))
    text = """<?xml version="1.0"?><office:document office:mimetype="x"
        xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"
        xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body><office:text>
        <text:h text:outline-level="1">Head</text:h><text:p>One & two</text:p><text:p>Three"""
    _, pages = read(write(tmp_path / "a.fodt", text))
    assert [page.text for page in pages] == ["Head\n\nOne & two\n\nThree\n"]


@pytest.mark.parametrize("number", ["²", "9" * 5000, "-4", "x", ""])
def test_a_number_of_opendocument_that_is_none_counts_as_one(tmp_path: Path, number: str) -> None:
    body = f"<text:h text:outline-level='{number}'>Head</text:h><text:p>a<text:s text:c='4'/>b"
    text = f"<?xml version='1.0'?><office:document>{body}<text:s text:c='{number}'/>c</text:p>"
    _, pages = read(write(tmp_path / "a.fodt", text))
    assert [page.title for page in pages] == ["Head"]
    assert "a b c" in pages[0].text
