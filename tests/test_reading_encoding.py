"""What a file is, and how its bytes are decoded."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from infinidoc.errors import SourceError
from infinidoc.reading import open_source
from infinidoc.reading.encoding import NotText, decode, known
from infinidoc.reading.parsing import labels
from infinidoc.reading.signatures import is_epub, is_html, is_pdf
from tests.sources import made, read, shown, text_of, write

# -- what a file is ---------------------------------------------------------------------------


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
        assert shown(source) == content


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
    assert shown(open_source(io.BytesIO(content))).encode() == content


# -- encodings --------------------------------------------------------------------------------

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
    assert shown(source) == text
    assert "which is a guess" in source.warnings[0]
    assert decode(text.encode(encoding)).text == text


@pytest.mark.parametrize(
    "words", ["Don’t go.", "It’s Tom’s boat – “we don’t sail today”.", "La città è già lontana"]
)
def test_a_few_letters_of_windows_are_windows(tmp_path: Path, words: str) -> None:
    source = made(tmp_path / "old.txt", ("Plain words.\n" * 9 + words + "\n").encode("cp1252"))
    assert words in shown(source)


@pytest.mark.parametrize("encoding", ["cp1252", "cp1251", "cp932", "utf-8"])
def test_the_whole_file_tells_the_encoding(tmp_path: Path, encoding: str) -> None:
    late = LEGACY.get(encoding, "Zoë Müller")
    text = "The council met and nothing was decided.\n" * 4000 + late + "\n"
    source = made(tmp_path / "minutes.txt", text.encode(encoding))
    assert shown(source) == text
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
    assert shown(source) == f"{text}\n"
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
    assert shown(source) == "Zoë Müller\n"
    assert source.warnings == ["it declares an unknown encoding, 'klingon'"]


def test_a_mark_goes_before_a_declaration(tmp_path: Path) -> None:
    page = "<meta charset=koi8-r><p>Zoë</p>"
    assert shown(made(tmp_path / "a.html", page.encode("utf-8-sig"))) == "Zoë\n"
    assert shown(made(tmp_path / "b.html", page.encode("utf-16"))) == "Zoë\n"


def test_what_is_replaced_is_said(tmp_path: Path) -> None:
    source = made(
        tmp_path / "a.html",
        "<meta charset=utf-8><p>café, naïve, forêt, über".encode() + b" caf\xe9",
    )
    assert shown(source) == "café, naïve, forêt, über caf\ufffd\n"
    assert source.warnings == ["1 bytes are no utf-8 text and were replaced"]


def test_a_declaration_that_the_bytes_belie(tmp_path: Path) -> None:
    source = made(tmp_path / "a.html", b"<meta charset=utf-8><p>caf\xe9 and na\xefve</p>")
    assert shown(source) == "café and naïve\n"
    guessed = "no UTF-8: read as cp1252, which is a guess"
    assert source.warnings == ["it declares UTF-8, and is not", guessed]


@pytest.mark.parametrize("declared", ["iso-8859-1", "windows-1251", "koi8-r"])
def test_utf8_that_declares_an_encoding_of_one_byte(tmp_path: Path, declared: str) -> None:
    page = f"<meta charset={declared}><p>Пётр paid for Zoë’s café</p>"
    source = made(tmp_path / "a.html", page.encode())
    assert shown(source) == "Пётр paid for Zoë’s café\n"
    (said,) = source.warnings
    assert said.startswith("it declares ")
    assert said.endswith(", and is UTF-8")
    letters = "Â© is what © looks like where nobody looks"
    plain = made(tmp_path / "b.html", f"<meta charset=cp1252><p>{letters}".encode("cp1252"))
    assert shown(plain) == f"{letters}\n"


def test_binary_data_is_no_text(tmp_path: Path) -> None:
    with pytest.raises(NotText):
        decode(bytes(range(256)) * 9)
    with pytest.raises(SourceError, match="binary"):
        shown(made(tmp_path / "a.html", b"\x7fELF\0\0\0\1" * 99))


# -- EPUB -------------------------------------------------------------------------------------


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
    assert (source.kind, shown(source)) == ("text", text)


# -- logs -------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize(
    "text", ["Valve B7 jammed.\n", "Клапан заклинило.\n", "阀门 卡住了。\n水泵停了。\n"]
)
def test_utf16_without_a_mark_is_read(tmp_path: Path, encoding: str, text: str) -> None:
    assert text_of(write(tmp_path / "a.txt", text.encode(encoding))) == text


@pytest.mark.parametrize(
    "data",
    [
        bytes(range(256)) * 40,
        b"".join(n.to_bytes(4, "little") for n in range(4000)),
        b"\0" * 5000,
        b"ab\0cd\0ef\0\0gh\0\0" * 99,
        b"\x7fELF" + bytes(9000),
    ],
)
def test_what_is_binary_is_still_refused(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(SourceError, match="binary"):
        read(write(tmp_path / "a.log", data))


def test_ascii_with_some_nuls_is_no_utf_16(tmp_path: Path) -> None:
    data = b"\x1b]8;;http://x\x07link\x1b]8;;\x07 \x1b[1;31mERR\x1b[m pump\r\nnext\0\0 line\n"
    source, pages = read(write(tmp_path / "a.log", data))
    assert pages[0].text == "link ERR pump\nnext line\n"
    assert source.warnings == ["2 NUL bytes were left out"]


@pytest.mark.parametrize(
    "text",
    [
        "{\\rtf1 is how rich text begins.\n",
        '{"cells": []} is an empty notebook, says Ola.\n',
        "WEBVTT is a format.\n00:01 --> 00:02 is a time in it, says Ola.\n",
    ],
)
def test_words_about_a_format_are_not_of_it(tmp_path: Path, text: str) -> None:
    assert text_of(write(tmp_path / "a.md", text)) == text
