"""A PDF is read with its form, labels and chapters; what of it cannot be read is said."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from infinidoc.errors import SourceError
from infinidoc.reading import Source, open_source
from infinidoc.reading.pdf.letters import is_language
from infinidoc.retrieval.evidence import border_at
from infinidoc.store import Store
from infinidoc.sweeping.structure import counted, parts_of, title_of
from tests.pdfs import LEFT, RIGHT, make, read
from tests.sources import text_of

# -- forms -------------------------------------------------------------------------------------


def add_field(page: Any, kind: int, box: tuple[float, ...], value: object, **more: object) -> None:
    import pymupdf

    field = pymupdf.Widget()
    field.field_name, field.field_type = f"field{box}", kind
    field.rect, field.field_value = pymupdf.Rect(box), value
    for key, each in more.items():
        setattr(field, key, each)
    page.add_widget(field)


def test_values_of_fields_stand_at_their_places(tmp_path: Path) -> None:
    document = make(
        tmp_path / "a.pdf",
        [
            (40, 60, "Name of the boat"), (40, 90, "Port"), (40, 120, "Insured:"),
            (162, 120, "yes"), (222, 120, "no"), (40, 150, "Checked by Olga Ray"),
        ],
    )  # fmt: skip
    page = document[0]
    add_field(page, 7, (160, 48, 300, 64), "Sea Eagle")
    add_field(page, 3, (160, 78, 300, 94), "Kiel", choice_values=["Kiel", "Lund"])
    add_field(page, 2, (140, 110, 152, 122), True)
    add_field(page, 2, (200, 110, 212, 122), False)
    add_field(page, 7, (160, 160, 300, 176), "secret", field_flags=1 << 13)
    add_field(page, 7, (160, 190, 300, 206), "unseen", field_display=1)
    document.save(tmp_path / "b.pdf")
    lines = text_of(tmp_path / "b.pdf").split("\n")
    assert lines[:2] == ["Name of the boat\tSea Eagle", "Port\tKiel"]
    assert lines[2].split() == ["Insured:", "[x]", "yes", "[", "]", "no"]
    assert lines[3] == "Checked by Olga Ray"
    assert "secret" not in "".join(lines)
    assert "unseen" not in "".join(lines)


def test_a_value_that_is_cut_off_by_its_field_is_read_once(tmp_path: Path) -> None:
    document = make(tmp_path / "a.pdf", [(40, 60, "Owner:"), (122, 52, "Bertil Ask")])
    add_field(document[0], 7, (120, 51, 300, 58), "Bertil Ask")
    for field in document[0].widgets():
        document.xref_set_key(field.xref, "AP", "null")
    document.save(tmp_path / "b.pdf")
    assert text_of(tmp_path / "b.pdf").split() == ["Owner:", "Bertil", "Ask"]


def test_a_value_that_the_file_does_not_draw_is_read(tmp_path: Path) -> None:
    document = make(tmp_path / "a.pdf", [(40, 60, "Owner:"), (40, 100, "End of form")])
    add_field(document[0], 7, (120, 48, 300, 64), "Bertil Ask")
    for field in document[0].widgets():
        document.xref_set_key(field.xref, "AP", "null")
    document.save(tmp_path / "b.pdf")
    assert text_of(tmp_path / "b.pdf") == "Owner:\tBertil Ask\nEnd of form\n"


# -- unknown letters ---------------------------------------------------------------------------


def hide_letters(document: Any) -> None:
    """Take from all fonts of a PDF what says which letters their glyphs are."""
    for xref in range(1, document.xref_length()):
        if document.xref_get_key(xref, "Subtype")[1] == "/Type0":
            document.xref_set_key(xref, "ToUnicode", "null")


def make_unknown(path: Path, pages: list[tuple[str, str]]) -> Path:
    """Pages of known, and below it unknown, text."""
    import pymupdf

    document = pymupdf.open()
    for known, unknown in pages:
        page = document.new_page()
        if unknown:
            page.insert_font(fontname="F0", fontbuffer=pymupdf.Font("tiro").buffer)
            page.insert_text((40, 200), unknown.split("\n"), fontname="F0")
        if known:
            page.insert_text((40, 60), known)
    hide_letters(document)
    document.save(path)
    return path


def test_a_file_without_known_letters_is_refused_like_a_scan(tmp_path: Path) -> None:
    path = make_unknown(tmp_path / "a.pdf", [("", LEFT), ("", RIGHT)])
    with pytest.raises(SourceError, match=r"known letters.*ingest --ocr"):
        read(path)


def test_pages_without_known_letters_are_named(tmp_path: Path) -> None:
    source: Source = open_source(
        make_unknown(tmp_path / "a.pdf", [("A preface.", ""), ("", LEFT), ("Heading", RIGHT)])
    )
    first, second, third = source.pages()
    assert (first.text, first.problem) == ("A preface.\n", None)
    assert (second.text, second.problem) == (
        "", "its text has no known letters (a font without a character map)",
    )  # fmt: skip
    assert third.text == "Heading\n"
    assert third.problem is not None
    assert "1 of 3 pages have no text" in source.warnings[0]


def test_numbers_of_glyphs_that_happen_to_be_letters_are_text() -> None:
    text = "The keeper of the mill came down to the river and saw that it was high."
    assert is_language(text.split())
    assert not is_language("".join(chr((ord(c) - 29) % 128) for c in text).split())
    assert not is_language(["Wkh", "nhhshu", "ri", "wkh", "ploo", "fdph", "grzq", "wr", "d", "b"])


def make_glyphs(path: Path, name: str, heading: str = "") -> Path:
    """A page in a font whose glyphs are `name` with their numbers, below a known heading."""
    import pymupdf

    document = pymupdf.open()
    page = document.new_page()
    page.insert_text((72, 60), heading)
    page.insert_text((72, 200), "x", fontname="cour")
    for xref, _, _, _, used, *_ in page.get_fonts():
        if used == "cour":
            names = " ".join(f"/{name.format(n)}" for n in range(1, 28))
            document.xref_set_key(xref, "Encoding", f"<</Type/Encoding/Differences[1 {names}]>>")
            document.xref_set_key(xref, "BaseFont", "/ABCDEF+Mill")
    text = "the owner of the mill is anna berg and she sells flour to the town"
    codes = "".join(f"\\{ord(letter) - 96 if letter != ' ' else 27:03o}" for letter in text)
    (content,) = [x for x in page.get_contents() if b"/cour" in document.xref_stream(x)]
    drawn = document.xref_stream(content)
    start, end = drawn.rindex(b"["), drawn.rindex(b"]TJ")
    document.update_stream(content, drawn[:start] + f"[({codes})".encode() + drawn[end:])
    document.save(path)
    return path


@pytest.mark.parametrize("name", ["G{:02X}", "g{}", "a{}", "glyph{}", "C{:04}"])
def test_numbers_of_glyphs_are_no_letters(tmp_path: Path, name: str) -> None:
    with pytest.raises(SourceError, match=r"known letters.*ingest --ocr"):
        read(make_glyphs(tmp_path / "a.pdf", name))
    (page,) = read(make_glyphs(tmp_path / "b.pdf", name, "Mill papers"))
    assert page.text == "Mill papers\n"
    assert page.problem == "part of its text has no known letters (a font without a character map)"


# -- damage ------------------------------------------------------------------------------------


def test_pages_that_are_lost_are_no_scan(tmp_path: Path) -> None:
    make(tmp_path / "a.pdf", *[[(40.0, 60.0, f"Sheet {n} of the mill")] for n in range(4)])
    whole = (tmp_path / "a.pdf").read_bytes()
    last = [at for at in range(len(whole)) if whole.startswith(b"stream\n", at)][-2]
    (tmp_path / "b.pdf").write_bytes(whole[: last + 20])
    source = open_source(tmp_path / "b.pdf")
    pages = list(source.pages())
    lost = [page.number for page in pages if page.problem]
    assert lost
    assert {page.problem for page in pages} == {
        None, "nothing is left on it: the file is damaged",
    }  # fmt: skip
    assert source.warnings == [
        "the file is damaged and was repaired; some of it may be missing",
        f"{len(lost)} of 4 pages are lost: the file is damaged",
    ]


def test_a_file_of_lost_pages_is_refused_as_damaged(tmp_path: Path) -> None:
    document = make(tmp_path / "a.pdf", [(40.0, 60.0, "The dam broke.")])
    document.save(tmp_path / "b.pdf", deflate=True)
    data = (tmp_path / "b.pdf").read_bytes()
    for at in [at for at in range(len(data)) if data.startswith(b">>\nstream\n", at)]:
        data = data[: at + 10] + bytes(6) + data[at + 16 :]
    (tmp_path / "c.pdf").write_bytes(data)
    with pytest.raises(SourceError, match="damaged: no page could be read"):
        read(tmp_path / "c.pdf")


# -- chapters and labels -----------------------------------------------------------------------


def stored(path: Path) -> tuple[Store, dict[str, Any]]:
    """The pages of a file in a library, without a memory."""
    from infinidoc.page_rows import page_rows

    store, start = Store(None), 0
    document = store.add_document("book", "pdf", {}, "book.pdf", "0")
    for page in read(path):
        row, _ = page_rows(page, page.number, start)
        store.add_pages(document, [row])
        start = row["end"]
    return store, store.document(document)


def test_a_page_may_begin_several_chapters(tmp_path: Path) -> None:
    document = make(tmp_path / "a.pdf", *[[(40.0, 60.0, f"Sheet {n}")] for n in range(1, 5)])
    document.set_toc([[1, "Oars", 1], [1, "Sails\u00ad", 1], [1, "Ropes", 3], [1, "Lamps", 3]])
    document.save(tmp_path / "b.pdf")
    store, book = stored(tmp_path / "b.pdf")
    pages = store.pages_light(book["id"])
    begun = [(title_of(page), page["number"]) for page in parts_of("chapters", pages)]
    assert begun == [("Oars", 1), ("Sails", 1), ("Ropes", 3), ("Lamps", 3)]
    assert counted("chapters", pages, "pdf") == "4 headings: Oars, Sails, Ropes and Lamps"
    assert [page["title"] for page in pages][1::2] == ["Sails", "Lamps"]
    until = {name: border_at(store, [book], name).pages[book["id"]] for name in ("oars", "Sails")}
    assert until == {"oars": 1, "Sails": 2}
    assert border_at(store, [book], "lamp").pages == {book["id"]: 4}


def test_a_label_that_stands_twice_is_said(tmp_path: Path) -> None:
    document = make(tmp_path / "a.pdf", *[[(40.0, 60.0, f"Sheet {n}")] for n in range(1, 6)])
    document.set_page_labels(
        [
            {"startpage": 0, "style": "r", "firstpagenum": 1},
            {"startpage": 1, "style": "D", "firstpagenum": 1},
            {"startpage": 3, "style": "D", "firstpagenum": 1},
        ]
    )
    document.save(tmp_path / "b.pdf")
    store, book = stored(tmp_path / "b.pdf")
    assert border_at(store, [book], "1").pages == {book["id"]: 2}
    (note,) = border_at(store, [book], "1").notes
    assert "2 pages of book are called 1 (sheet 2, sheet 4): sheet 2 was taken" in note
    assert border_at(store, [book], "sheet 4").pages == {book["id"]: 4}
    assert border_at(store, [book], "i").notes == border_at(store, [book], None).notes == []


def test_labels_in_any_form_of_a_string_are_read(tmp_path: Path) -> None:
    document = make(tmp_path / "a.pdf", *[[(40.0, 60.0, f"Sheet {n}")] for n in range(1, 4)])
    rules = "0 <</P<FEFF0031>>> 1 <</P<FEFF041F002D>/S/D>> 2 <</P(A-)/S/D/St 7>>"
    document.xref_set_key(document.pdf_catalog(), "PageLabels", f"<</Nums[{rules}]>>")
    document.save(tmp_path / "b.pdf")
    assert [page.label for page in read(tmp_path / "b.pdf")] == ["1", "П-1", "A-7"]


def test_comments_in_the_margin_are_named(tmp_path: Path) -> None:
    document = make(tmp_path / "a.pdf", [(40.0, 60.0, "The dam broke.")])
    document[0].add_text_annot((300, 60), "really?")
    document[0].add_freetext_annot((40, 200, 200, 240), "in 1911")
    document.save(tmp_path / "b.pdf")
    source = open_source(tmp_path / "b.pdf")
    pages = list(source.pages())
    assert source.warnings == ["1 comments in the margin are not read"]
    assert "really?" not in pages[0].text
    assert "in 1911" in pages[0].text


def test_a_dynamic_form_is_read_in_part(tmp_path: Path) -> None:
    document = make(tmp_path / "a.pdf", [(40.0, 60.0, "Please wait...")])
    document.xref_set_key(document.pdf_catalog(), "NeedsRendering", "true")
    document.save(tmp_path / "b.pdf")
    assert "XFA" in (read(tmp_path / "b.pdf")[0].problem or "")


@pytest.mark.parametrize("damage", ["pages", "fields"])
def test_trees_that_go_round_in_circles_are_no_crash(tmp_path: Path, damage: str) -> None:
    document = make(tmp_path / "a.pdf", [(40.0, 60.0, "The dam broke.")])
    catalog = document.pdf_catalog()
    if damage == "pages":
        tree = int(document.xref_get_key(catalog, "Pages")[1].split()[0])
        document.xref_set_key(tree, "Kids", f"[{tree} 0 R]")
    else:
        field = document.get_new_xref()
        form = f"<</Type/Annot/Subtype/Widget/FT/Tx/Rect[0 0 9 9]/Parent {field} 0 R>>"
        document.update_object(field, form)
        document.xref_set_key(document[0].xref, "Annots", f"[{field} 0 R]")
        document.xref_set_key(catalog, "AcroForm", f"<</Fields[{field} 0 R]>>")
    path = tmp_path / "b.pdf"
    document.save(path)
    with pytest.raises(SourceError, match="damaged"):
        read(path)
