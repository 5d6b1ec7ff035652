"""What a file is, how its bytes are decoded, and what of HTML, EPUB and Markdown is text."""

from __future__ import annotations

import io
import time
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from infinidoc.errors import SourceError
from infinidoc.reading import Page, Source, markdown, open_source
from infinidoc.reading.encoding import NotText, decode, known
from infinidoc.reading.markdown import headed
from infinidoc.reading.markup import visible, visible_text
from infinidoc.reading.pages import PAGE, Line, cut_pages, plainly_headed
from infinidoc.reading.parsing import labels
from infinidoc.reading.signatures import is_epub, is_html, is_pdf


def made(path: Path, content: str | bytes) -> Source:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return open_source(path)


def text_of(source: Source) -> str:
    return "".join(page.text for page in source.pages())


# -- what a file is --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("notes.md", "# Signatures\n\nA PDF begins with `%PDF-1.7`.\n", "markdown"),
        ("notes.md", "%PDF-1.7 is how a PDF begins.\n", "markdown"),
        ("notes.md", "<html>\n<body>is how a page begins.</body>\n", "markdown"),
        ("notes.txt", "Look:\n%PDF-1.4\n1 0 obj\n", "text"),
        ("notes.txt", "<html> is the first tag of a page; <nobr> is obsolete.\n", "text"),
        ("notes.txt", "<!DOCTYPE html> begins a page, <html> follows.\n", "text"),
        ("notes.txt", "PK\x03\x04 and mimetypeapplication/epub+zip are marks.\n", "text"),
        ("page", "<!doctype html>\n<title>T</title><p>a</p>", "html"),
        ("page", "\ufeff <!-- saved -->\n<HTML lang=de>\n<head><meta charset=utf-8>x", "html"),
        ("page", '<?xml version="1.0"?>\n<html xmlns="x"><head><title/></head>a</html>', "html"),
        ("page", '<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 4.01//EN">\nText', "html"),
        ("page.htm", "no tags at all", "html"),
    ],
)
def test_what_a_file_is(tmp_path: Path, name: str, content: str, kind: str) -> None:
    source = made(tmp_path / name, content)
    assert source.kind == kind
    if kind != "html":
        assert text_of(source) == content


def test_marks_stand_where_the_format_puts_them() -> None:
    assert is_pdf(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n1 0 obj")
    assert is_pdf(b"\xef\xbb\xbf\r\n%PDF-2.0\r\n")
    assert is_pdf(b"HTTP/1.1 200 OK\r\n\r\n%PDF-1.4\n%\xe2\xe3\n1 0 obj stream\0\1")
    assert not is_pdf(b"a text on\n%PDF-1.4\n1 0 obj\n")
    assert not is_pdf(b"%PDF-1.4 is a header\n")
    assert not is_epub(b"PK\x03\x04 application/epub+zip")
    assert is_html("<html><body><p>".encode("utf-16"))


def test_markdown_about_html_keeps_its_tags_on_stdin(tmp_path: Path) -> None:
    content = b"# Signatures\n\n`%PDF-1.7` and `<html>` are read by Ines Amaro.\n"
    assert text_of(open_source(io.BytesIO(content))).encode() == content


# -- encodings -------------------------------------------------------------------------------

LEGACY = {
    "cp1252": "Zoé Lefèvre de Besançon paya le pont. L’été, la forêt brûla, « ça ira ».",
    "mac_roman": "Zoé Lefèvre de Besançon paya le pont. L’été suivant, les élèves revinrent.",
    "cp850": "Größe und Übermut: Jürgen Müller öffnete die Tür der Mühle am Fluß.",
    "cp1250": "Zażółć gęślą jaźń, powiedział Łukasz. Święta były ciche, śnieg leżał.",
    "iso8859-2": "Příliš žluťoučký kůň úpěl ďábelské ódy, řekl mlynář u řeky.",
    "cp1251": "Старый мельник сидел у реки и ждал своего сына до вечера.",
    "koi8-r": "Старый мельник сидел у реки и ждал своего сына до вечера.",
    "cp866": "Старый мельник сидел у реки и ждал своего сына до вечера.",
    "cp1253": "Ο γέρος μυλωνάς καθόταν δίπλα στο ποτάμι και περίμενε τον γιο του.",
    "cp1254": "Yaşlı değirmenci ırmağın kıyısında oturuyor, güneş battı, çocuklar uyudu.",
    "cp1255": "הטוחן הזקן ישב ליד הנהר וחיכה לבנו שהיה אמור להגיע.",
    "cp1256": "جلس الطحان العجوز بجانب النهر وانتظر ابنه قبل المساء.",
    "cp932": "年老いた粉屋は川のそばに座り、町から来るはずの息子を待っていた。",
    "euc_jp": "年老いた粉屋は川のそばに座り、町から来るはずの息子を待っていた。",
    "iso2022_kr": "늙은 방앗간 주인은 강가에 앉아 아들을 기다렸다.",
    "iso2022_jp": "年老いた粉屋は川のそばに座り、町から来るはずの息子を待っていた。",
    "gb18030": "老磨坊主坐在河边，等着他的儿子，雨下得很晚，没有人看见那条船。",
    "big5": "老磨坊主坐在河邊，等著他的兒子，雨下得很晚，沒有人看見那條船。",
    "cp949": "늙은 방앗간 주인은 강가에 앉아 도시에서 와야 할 아들을 기다리고 있었다.",
    "utf-16-le": "The mill by the river was sold to Zoë Müller.",
    "utf-16-be": "老磨坊主坐在河边，等着他的儿子。",
    "utf-32-le": "The mill by the river was sold to Zoë Müller.",
}


@pytest.mark.parametrize("encoding", LEGACY)
def test_an_encoding_is_guessed_and_the_guess_is_said(tmp_path: Path, encoding: str) -> None:
    text = LEGACY[encoding] + "\n"
    source = made(tmp_path / "old.txt", text.encode(encoding))
    assert text_of(source) == text
    assert "which is a guess" in source.warnings[0]
    assert decode(text.encode(encoding)).text == text


@pytest.mark.parametrize(
    "words", ["Don’t go.", "It’s Tom’s boat – “we don’t sail today”.", "La città è già lontana"]
)
def test_a_few_letters_of_windows_are_windows(tmp_path: Path, words: str) -> None:
    source = made(tmp_path / "old.txt", ("Plain words.\n" * 9 + words + "\n").encode("cp1252"))
    assert words in text_of(source)


@pytest.mark.parametrize("encoding", ["cp1252", "cp1251", "cp932", "utf-8"])
def test_the_whole_file_tells_the_encoding(tmp_path: Path, encoding: str) -> None:
    late = LEGACY.get(encoding, "Zoë Müller")
    text = "The council met and nothing was decided.\n" * 4000 + late + "\n"
    source = made(tmp_path / "minutes.txt", text.encode(encoding))
    assert text_of(source) == text
    assert bool(source.warnings) == (encoding != "utf-8")


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ("Zoé Lefèvre ".encode() + b"\xc3\xc3", "Zoé Lefèvre \ufffd\ufffd"),
        ("Größe".encode()[:-2], "Grö\ufffd"),
        ("Мельник".encode()[:-1], "Мельни\ufffd"),
        (b"\x96" + "Zoé Lefèvre".encode(), "\ufffdZoé Lefèvre"),
    ],
)
def test_broken_utf8_is_utf8(tmp_path: Path, data: bytes, text: str) -> None:
    source = made(tmp_path / "cut.txt", data)
    assert text_of(source) == f"{text}\n"
    assert source.warnings == [
        f"{text.count(chr(0xFFFD))} bytes are no utf-8 text and were replaced"
    ]


def test_a_declaration_is_found_by_the_rules_of_its_format() -> None:
    assert labels(b'<?xml version="1.0" encoding="windows-1252"?><html/>') == ["windows-1252"]
    assert labels(b"<head><meta charset=koi8-r></head>") == ["koi8-r"]
    meta = b'<meta http-equiv="Content-Type" content="text/html; charset=Shift_JIS">'
    assert labels(meta) == ["Shift_JIS"]
    assert labels(b"<!-- <meta charset=koi8-r> --><meta charset=big5>") == ["big5"]
    assert labels(b'<script charset="koi8-r"></script><p>charset=big5</p>') == []
    assert labels(b'<meta charset="utf-16">') == []  # the bytes belie it
    assert labels('<?xml encoding="x"?>'.encode("utf-16-be")) == ["utf-16-be"]


def test_names_of_encodings_mean_what_they_mean_on_the_web() -> None:
    assert [known(label) for label in ("latin1", "ASCII", "x-sjis", "gb2312", "utf8")] == [
        "cp1252",
        "cp1252",
        "cp932",
        "gb18030",
        "utf-8",
    ]
    assert known("klingon") is None
    assert known("rot13") is None


def test_an_unknown_declaration_is_said_and_the_content_decides(tmp_path: Path) -> None:
    page = "<html><head><meta charset=klingon></head><body><p>Zoë Müller</p></body></html>"
    source = made(tmp_path / "page.html", page)
    assert text_of(source) == "Zoë Müller\n"
    assert source.warnings == ["it declares an unknown encoding, 'klingon'"]


def test_a_mark_goes_before_a_declaration(tmp_path: Path) -> None:
    page = "<meta charset=koi8-r><p>Zoë</p>"
    assert text_of(made(tmp_path / "a.html", page.encode("utf-8-sig"))) == "Zoë\n"
    assert text_of(made(tmp_path / "b.html", page.encode("utf-16"))) == "Zoë\n"


def test_what_is_replaced_is_said(tmp_path: Path) -> None:
    source = made(
        tmp_path / "a.html",
        "<meta charset=utf-8><p>café, naïve, forêt, über".encode() + b" caf\xe9",
    )
    assert text_of(source) == "café, naïve, forêt, über caf\ufffd\n"
    assert source.warnings == ["1 bytes are no utf-8 text and were replaced"]


def test_a_declaration_that_the_bytes_belie(tmp_path: Path) -> None:
    source = made(tmp_path / "a.html", b"<meta charset=utf-8><p>caf\xe9 and na\xefve</p>")
    assert text_of(source) == "café and naïve\n"
    guessed = "no UTF-8: read as cp1252, which is a guess"
    assert source.warnings == ["it declares UTF-8, and is not", guessed]


@pytest.mark.parametrize("declared", ["iso-8859-1", "windows-1251", "koi8-r"])
def test_utf8_that_declares_an_encoding_of_one_byte(tmp_path: Path, declared: str) -> None:
    page = f"<meta charset={declared}><p>Пётр paid for Zoë’s café</p>"
    source = made(tmp_path / "a.html", page.encode())
    assert text_of(source) == "Пётр paid for Zoë’s café\n"
    (said,) = source.warnings
    assert said.startswith("it declares ")
    assert said.endswith(", and is UTF-8")
    letters = "Â© is what © looks like where nobody looks"
    plain = made(tmp_path / "b.html", f"<meta charset=cp1252><p>{letters}".encode("cp1252"))
    assert text_of(plain) == f"{letters}\n"


def test_binary_data_is_no_text(tmp_path: Path) -> None:
    with pytest.raises(NotText):
        decode(bytes(range(256)) * 9)
    with pytest.raises(SourceError, match="binary"):
        text_of(made(tmp_path / "a.html", b"\x7fELF\0\0\0\1" * 99))


# -- HTML ------------------------------------------------------------------------------------


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


# -- pages of long lines ---------------------------------------------------------------------


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


# -- Markdown --------------------------------------------------------------------------------


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


# -- EPUB ------------------------------------------------------------------------------------

CONTAINER = '<container><rootfiles><rootfile full-path="O/p.opf"/></rootfiles></container>'


def book(
    path: Path, files: dict[str, str | bytes], items: str, spine: str, package: str = "package"
) -> Source:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "application/epub+zip")
        archive.writestr("META-INF/container.xml", CONTAINER)
        opf = f"<manifest>{items}</manifest><spine>{spine}</spine>"
        archive.writestr("O/p.opf", f"<{package}>{opf}</{package.split()[0]}>")
        for name, content in files.items():
            archive.writestr(name, content)
    return open_source(path)


def chapter(words: str, title: str = "The Book", encoding: str = "utf-8") -> bytes:
    head = f'<?xml version="1.0" encoding="{encoding}"?><html><head><title>{title}</title></head>'
    return f"{head}<body>{words}</body></html>".encode(encoding)


def test_chapters_are_decoded_as_they_declare(tmp_path: Path) -> None:
    encodings = ["utf-8", "windows-1252", "iso-8859-2", "koi8-r", "shift_jis", "utf-16"]
    words = ["Zoë", "Zoë “so”", "Łukasz", "мельник", "粉屋", "Zoë"]
    files: dict[str, str | bytes] = {
        f"O/{n}.html": chapter(f"<p>{word}</p>", encoding=encoding)
        for n, (word, encoding) in enumerate(zip(words, encodings, strict=True))
    }
    items = "".join(f'<item id="c{n}" href="{n}.html"/>' for n in range(len(words)))
    spine = "".join(f'<itemref idref="c{n}"/>' for n in range(len(words)))
    source = book(tmp_path / "a.epub", files, items, spine)
    assert [page.text.strip() for page in source.pages()] == words
    assert source.warnings == []


def test_a_chapter_without_declaration_is_guessed(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {"O/a.html": "<p>Das Café heißt Müller.</p>".encode("cp1252")}
    source = book(
        tmp_path / "a.epub", files, '<item id="a" href="a.html"/>', '<itemref idref="a"/>'
    )
    assert text_of(source) == "Das Café heißt Müller.\n"
    assert source.warnings == ["chapter 1: no UTF-8: read as cp1252, which is a guess"]


def test_the_title_of_a_chapter_is_no_text(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "O/a.html": chapter("<h1>Dawn</h1><p>A heron.</p>", "The Heron"),
        "O/b.html": chapter("<p>Rain.</p>", "The Heron"),
    }
    items = '<item id="a" href="a.html"/><item id="b" href="b.html"/>'
    source = book(tmp_path / "a.epub", files, items, '<itemref idref="a"/><itemref idref="b"/>')
    pages = list(source.pages())
    assert [page.title for page in pages] == ["Dawn", "The Heron"]
    assert [page.text for page in pages] == ["Dawn\n\nA heron.\n", "Rain.\n"]


def test_what_the_spine_names_in_vain_is_said(tmp_path: Path) -> None:
    items = '<item id="a" href="a.html"/><item id="b" href="b.html"/><item href="c.html"/>'
    spine = '<itemref idref="a"/><itemref idref="b"/><itemref idref="x9"/>'
    source = book(tmp_path / "a.epub", {"O/a.html": chapter("a")}, items, spine)
    pages = list(source.pages())
    assert [bool(page.problem) for page in pages] == [False, True, True]
    assert "b.html" in (pages[1].problem or "")
    assert "x9" in (pages[2].problem or "")


@pytest.mark.parametrize(
    "package",
    ["package", 'package xmlns="http://www.idpf.org/2007/opf"', "opf:package", "package dc:x='1'"],
)
def test_packages_with_and_without_namespaces(tmp_path: Path, package: str) -> None:
    item = '<dc:title>A & B</dc:title><item id=" a " href="Teil%201.html#top"/>'
    files: dict[str, str | bytes] = {"O/teil 1.html": chapter("Sven Ruud")}
    source = book(tmp_path / "a.epub", files, item, '<itemref idref="a"/>', package)
    assert text_of(source) == "Sven Ruud\n"


def test_a_reference_is_an_address_before_it_is_a_name(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {"O/a%20b.html": chapter("as written")}
    item = '<item id="a" href="a%20b.html"/>'
    spine = '<itemref idref="a"/>'
    assert text_of(book(tmp_path / "a.epub", files, item, spine)) == "as written\n"
    files["O/a b.html"] = chapter("as meant")
    assert text_of(book(tmp_path / "b.epub", files, item, spine)) == "as meant\n"


def test_an_image_in_the_spine_is_named_or_replaced_by_its_fallback(tmp_path: Path) -> None:
    items = (
        '<item id="i" href="i.jpg" media-type="image/jpeg"/>'
        '<item id="j" href="j.jpg" media-type="image/jpeg" fallback="a"/>'
        '<item id="a" href="a.html" media-type="application/xhtml+xml"/>'
    )
    files: dict[str, str | bytes] = {"O/i.jpg": b"\xff\xd8\0", "O/a.html": chapter("words")}
    files["O/j.jpg"] = b"\xff\xd8\0"
    spine = '<itemref idref="i"/><itemref idref="j"/>'
    source = book(tmp_path / "a.epub", files, items, spine)
    assert [page.text for page in source.pages()] == ["", "words\n"]
    assert source.warnings == ["chapter 1 has no text (an image?)"]


def test_an_encrypted_chapter_is_said(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "O/a.html": chapter("words"),
        "O/b.html": b"\x80\x00\x9a" * 99,
        "META-INF/encryption.xml": '<enc:CipherReference URI="O/b.html"/>',
    }
    items = '<item id="a" href="a.html"/><item id="b" href="b.html"/>'
    both = '<itemref idref="a"/><itemref idref="b"/>'
    pages = list(book(tmp_path / "a.epub", files, items, both).pages())
    assert "encrypted" in (pages[1].problem or "")
    with pytest.raises(SourceError, match="encrypted"):
        list(book(tmp_path / "b.epub", files, items, '<itemref idref="b"/>').pages())


def test_a_book_without_container_is_read_and_no_book_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.epub"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("p.opf", '<item id="a" href="a.html"/><itemref idref="a"/>')
        archive.writestr("a.html", chapter("words"))
    assert text_of(open_source(path)) == "words\n"
    with pytest.raises(SourceError, match="no EPUB"):
        made(tmp_path / "b.epub", "just text")
    with zipfile.ZipFile(tmp_path / "c.epub", "w") as archive:
        archive.writestr("a.html", chapter("words"))
    with pytest.raises(SourceError, match="no EPUB"):
        open_source(tmp_path / "c.epub")


@pytest.mark.parametrize(
    "text",
    [
        "%PDF-1.4\nis the first line of every such file.\n",
        "{\\rtf1\\ansi} begins rich text.\n",
        "{\\rtf1\\ansi begins rich text.\n",
        "WEBVTT is a format of subtitles.\n",
        "<FictionBook> is the root of FB2.\n",
        ".TH is a request of troff.\n",
        '{"cells": [] is how notebooks begin.\n',
        "%!PS-Adobe is PostScript.\n",
        "From 9:00 to 10:30 in 2026 we met.\nTo: all\nSubject: none\n\nInes spoke.\n",
    ],
)
def test_prose_that_begins_like_a_format_is_text(tmp_path: Path, text: str) -> None:
    source = made(tmp_path / "a.txt", text)
    assert (source.kind, text_of(source)) == ("text", text)


def test_words_broken_at_the_end_of_a_line_of_prose_are_whole(tmp_path: Path) -> None:
    text = "The old light-\nhouse keeper was light-\nheaded and well-\nknown.\n"
    whole = "The old lighthouse\nkeeper was light-headed\nand well-known.\n"
    assert text_of(made(tmp_path / "a.txt", text)) == whole
    assert text_of(made(tmp_path / "a.py", text)) == text
    assert text_of(made(tmp_path / "a.log", text)) == text


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
