"""What wraps its text in something else is read as what it shows; what is not read is named."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import tracemalloc
import zipfile
from base64 import b64encode
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from infinidoc.control import plain
from infinidoc.errors import SourceError
from infinidoc.isolation import open_isolated
from infinidoc.reading import Page, Source, open_source
from infinidoc.retrieval.evidence import Evidence


def read(path: Path, **options: Any) -> tuple[Source, list[Page]]:
    source = open_source(path, **options)
    return source, list(source.pages())


def text_of(path: Path) -> str:
    return "".join(page.text for page in read(path)[1])


def write(path: Path, data: str | bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return path


def where(page: Page) -> str:
    place = Evidence("doc", page.number, page.label, page.path, page.line, 0, 0, "", 0.0)
    return place.where()


# -- e-mail ----------------------------------------------------------------------------------

HEADERS = "From: Piet <piet@example.org>\r\nTo: Rowan <r@example.org>\r\nSubject: The mill\r\n"


def letter(body: str, *more: str, charset: str = "utf-8", cte: str | None = None) -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"] = "Björn Åkesson <b@example.org>", "Rowan <r@example.org>"
    message["Subject"] = "Grüße aus der Mühle"
    message["Date"] = "Mon, 02 Mar 2026 10:00:00 +0000"
    message["Message-ID"] = "<1@example.org>"
    message.set_content(body, charset=charset, cte=cte)
    for html in more:
        message.add_alternative(html, subtype="html")
    return message


@pytest.mark.parametrize("cte", ["base64", "quoted-printable", "8bit"])
@pytest.mark.parametrize("charset", ["utf-8", "iso-8859-1", "windows-1252"])
def test_the_text_of_a_message_is_decoded(tmp_path: Path, cte: str, charset: str) -> None:
    body = "Café Sølvi belongs to Jürgen Schönfeld, as long as the waterwheel turns and turns.\n"
    message = letter(body, charset=charset, cte=cte)
    source, pages = read(write(tmp_path / "a.eml", message.as_bytes()))
    assert source.kind == "mail"
    assert "Jürgen Schönfeld, as long as the waterwheel turns" in pages[0].text
    assert "From: Björn Åkesson <b@example.org>\n" in pages[0].text
    assert "Subject: Grüße aus der Mühle\n" in pages[0].text
    assert "Date: Mon, 02 Mar 2026" in pages[0].text
    assert pages[0].title == "Grüße aus der Mühle"
    assert "Message-ID" not in pages[0].text


def test_one_of_two_forms_of_a_message_is_read(tmp_path: Path) -> None:
    both = letter("Plain words.\n", "<p>Marked <b>words</b>.</p>")
    assert "Marked" not in text_of(write(tmp_path / "a.eml", both.as_bytes()))
    marked = letter(" \n", "<style>p {x}</style><p>Marked <b>wo</b>rds.</p>")
    read_marked = text_of(write(tmp_path / "b.eml", marked.as_bytes()))
    assert "Marked words." in read_marked
    assert "style" not in read_marked


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("The mill \nis sold.", "The mill is sold."),
        (
            "> The mill \n> is sold. \n\n>> By \n> > whom \n>>?",
            "> The mill is sold. \n\n>> By whom ?",
        ),
        ("> The mill \n>> is sold.\n> By whom", "> The mill \n>> is sold.\n> By whom"),
        (" From here \n  on.\n> by\n", "From here  on.\n> by"),
        ("Yours \n-- \nPiet\nMiller", "Yours \n-- \nPiet\nMiller"),
        ("> -- \n> Piet", "> -- \n> Piet"),
    ],
)
def test_lines_of_a_message_that_flow_are_joined(tmp_path: Path, body: str, text: str) -> None:
    kind = "Content-Type: text/plain; charset=utf-8; Format=Flowed"
    data = f"{HEADERS}{kind}\r\n\r\n{body}".replace("\r\n", "\n")
    assert text_of(write(tmp_path / "a.eml", data)).partition("\n\n")[2] == f"{text}\n"
    fixed = data.replace("Format=Flowed", "format=fixed")
    assert body.strip() in text_of(write(tmp_path / "b.eml", fixed))


def test_the_space_of_a_line_that_flows_may_be_no_part_of_it(tmp_path: Path) -> None:
    body = "> The water \n> wheel  \n> turns.\n粉 \n屋 \n"
    kind = "Content-Type: text/plain; charset=utf-8; format=flowed; DelSp=Yes\n"
    data = f"{HEADERS}{kind}\n{body}".replace("\r\n", "\n")
    read_text = text_of(write(tmp_path / "a.eml", data))
    assert read_text.endswith("\n\n> The waterwheel turns.\n粉屋\n")


def pdf_of(*texts: str) -> bytes:
    import pymupdf

    document = pymupdf.open()
    for text in texts:
        document.new_page().insert_text((72, 72), text)
    return bytes(document.tobytes())


def with_attachments() -> EmailMessage:
    """A message with what is read, what is not, and a message with attachments of its own."""
    message = letter("See the plan.\n")
    plan = pdf_of("The gate is twelve feet wide.", "It opens to the west.")
    message.add_attachment(plan, maintype="application", subtype="pdf", filename="plän.pdf")
    message.add_attachment("name,age\nAda,36\nBob,41\n", subtype="csv", filename="crew.csv")
    message.add_attachment(b"\0\1\2", maintype="application", subtype="zstd", filename="x.bin")
    carried = letter("The carried words.\n")
    carried.add_attachment("one\ntwo lanterns\n", filename="../notes.txt")
    carried.add_attachment("three\nfour\n", filename="../notes.txt")
    message.add_attachment(carried)
    return message


ATTACHED = {
    "attachment plän.pdf, page 1": "The gate is twelve feet wide.",
    "attachment plän.pdf, page 2": "It opens to the west.",
    "attachment crew.csv, row 1": "name: Ada",
    "attachment ../notes.txt, line 1": "two lanterns",
    "attachment ../notes.txt (2), line 1": "four",
}


def test_attachments_are_read_and_cited_by_their_names(tmp_path: Path) -> None:
    _, pages = read(write(tmp_path / "a.eml", with_attachments().as_bytes()))
    names = "plän.pdf, crew.csv, x.bin, ../notes.txt, ../notes.txt (2)"
    assert f"Attachments: {names}\n" in pages[0].text
    assert "The carried words." in pages[0].text
    read_as = {where(page): page.text for page in pages[1:]}
    assert all(text in read_as[place] for place, text in ATTACHED.items())
    unread = [(where(page), page.problem) for page in pages if page.problem]
    assert [place for place, _ in unread] == ["attachment x.bin"]
    assert not list(tmp_path.parent.glob("notes.txt"))


def test_attachments_in_a_box_and_in_a_folder_keep_the_place_of_their_message(
    tmp_path: Path,
) -> None:
    envelope = b"From a@example.org Mon Mar  2 10:00:00 2026\n"
    box = [envelope + m.as_bytes() + b"\n" for m in (letter("First.\n"), with_attachments())]
    path = write(tmp_path / "folder" / "post.mbox", b"".join(box))
    assert {f"message 2, {place}" for place in ATTACHED} < {where(p) for p in read(path)[1]}
    inside = {where(page) for page in read(path.parent)[1]}
    assert {f"post.mbox, message 2, {place}" for place in ATTACHED} < inside


def test_messages_in_messages_end_somewhere(tmp_path: Path) -> None:
    data = letter("The innermost.\n").as_bytes()
    for _ in range(6):
        outer = letter("Outside.\n")
        outer.add_attachment(data, maintype="application", subtype="x-mail", filename="a.eml")
        data = outer.as_bytes()
    _, pages = read(write(tmp_path / "a.eml", data))
    assert [page.problem for page in pages if page.problem] == [
        "attached to messages in one another, more than 3 deep"
    ]


def test_a_message_by_content_whatever_its_name(tmp_path: Path) -> None:
    data = HEADERS + "MIME-Version: 1.0\r\nContent-Transfer-Encoding: base64\r\n\r\nd29yZHM=\r\n"
    source, pages = read(write(tmp_path / "saved.txt", data))
    assert source.kind == "mail"
    assert pages[0].text.endswith("words\n")


@pytest.mark.parametrize("text", ["Note: this\nand that\n", "From here: to there\n", "a: b\n\nc\n"])
def test_text_with_colons_is_no_mail(tmp_path: Path, text: str) -> None:
    source, pages = read(write(tmp_path / "a.txt", text))
    assert (source.kind, pages[0].text) == ("text", text)


def test_a_wrong_or_missing_encoding_is_a_guess_and_said(tmp_path: Path) -> None:
    body = "Jörg Müßig wohnt hier, über der Mühle".encode("cp1252")
    data = HEADERS.encode() + b"Content-Type: text/plain; charset=utf-8\r\n\r\n" + body
    source, pages = read(write(tmp_path / "a.eml", data))
    assert "wohnt hier" in pages[0].text
    assert any("guess" in warning for warning in source.warnings)
    data = HEADERS.encode() + b"Content-Type: text/plain; charset=x-none\r\n\r\nM\xc3\xbchle"
    assert "Mühle" in text_of(write(tmp_path / "b.eml", data))


@pytest.mark.parametrize(
    "value",
    [
        bytes(range(1, 9)) + b"\0\0\0\0" + b"\xff\xfe" * 5,
        b"=?utf-8?q?=00=00=00=00=00=FF?= \xff\0\0",
        b"=?none?b?AAAA?=",
        b"=?utf-8?b?A?= \xe9t\xe9",
    ],
)
def test_a_header_of_any_bytes_is_no_traceback(tmp_path: Path, value: bytes) -> None:
    mail = b"From: a@b.c\nMessage-ID: <1@b.c>\nSubject: Mill " + value + b"\nTo: b@b.c\n\nwords\n"
    text = text_of(write(tmp_path / "a.eml", mail))
    assert "words" in text
    assert "Mill" in text


def test_a_header_is_of_the_set_that_is_meant(tmp_path: Path) -> None:
    """What is called gb2312 is GBK; a character may be cut in two by the words that carry it."""
    data = "灯塔看守人镕".encode("gbk")
    words = [f"=?gb2312?B?{b64encode(part).decode()}?=" for part in (data[:5], data[5:])]
    text = f"From: i@x.org\nMIME-Version: 1.0\nSubject: {' '.join(words)}\n\nBody.\n"
    assert "Subject: 灯塔看守人镕\n" in read(write(tmp_path / "a.eml", text))[1][0].text


def test_broken_headers_are_no_traceback(tmp_path: Path) -> None:
    data = b'From: <@@>;;, "x\r\nTo: a@[\r\nSubject: =?utf-8?b?!!?=\r\nDate: never\r\n\r\nwords\r\n'
    assert "words" in text_of(write(tmp_path / "a.eml", data))


def test_a_header_of_any_length_takes_little(tmp_path: Path) -> None:
    """Python's parser of headers takes memory as the square of their length."""
    long = b"From: a\nSubject: " + b"=?utf-8?q?mill?= " * 40_000 + b"\n\nwords\n"
    tracemalloc.start()
    source, pages = read(write(tmp_path / "a.eml", long))
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert any("words" in page.text for page in pages)
    assert source.warnings == ["a header of more than 65,536 characters is cut"]
    assert most < 300 << 20


@pytest.mark.parametrize("charset", ["idna", "punycode", "unicode_escape", "undefined"])
def test_a_notation_is_no_encoding(tmp_path: Path, charset: str) -> None:
    mail = f"From: a\nContent-Type: text/plain; charset={charset}\n\ncafé \\x41\n".encode()
    source, pages = read(write(tmp_path / "a.eml", mail))
    assert "café \\x41" in pages[0].text
    assert any("unknown encoding" in warning for warning in source.warnings)


PARTS = """--{border}\r
Content-Type: text/plain; charset=utf-8\r
\r
The mill is sold.\r
--{border}--\r
"""


@pytest.mark.parametrize("kind", ["alternative", "mixed"])
@pytest.mark.parametrize("named", ["----=_Next_01", '"--another"', ""])
def test_parts_are_found_by_the_border_they_have(tmp_path: Path, kind: str, named: str) -> None:
    declared = f"Content-Type: multipart/{kind}; boundary={named}\r\n\r\n"
    data = HEADERS + declared + PARTS.format(border="----=_Next_01")
    source, pages = read(write(tmp_path / "a.eml", data))
    assert pages[0].text.endswith("\n\nThe mill is sold.\n")
    assert any("parts" in warning for warning in source.warnings)


@pytest.mark.parametrize("kind", ["alternative", "mixed"])
def test_a_message_of_no_parts_is_its_text(tmp_path: Path, kind: str) -> None:
    declared = f'Content-Type: multipart/{kind}; boundary="--none"\r\n\r\n'
    assert "words" in text_of(write(tmp_path / "a.eml", HEADERS + declared + "words\r\n"))
    assert "The mill" in text_of(write(tmp_path / "b.eml", HEADERS + declared))


def test_a_header_in_plain_bytes_is_decoded(tmp_path: Path) -> None:
    data = "From: p@example.org\nTo: r@example.org\nSubject: Die Mühle fällt\n\nwords\n"
    for encoding in ("utf-8", "cp1252"):
        assert "Die Mühle fällt" in text_of(write(tmp_path / "a.eml", data.encode(encoding)))


def test_a_box_is_cited_by_message(tmp_path: Path) -> None:
    body = "From the mill one sees the sea.\n>From here too.\n\nFrom this on.\n"
    box = "".join(
        f"From piet@example.org Mon Mar  2 10:00:0{n} 2026\nSubject: Letter {n}\n"
        f"From: Piet\n\n{body}Number {n}.\n\n"
        for n in (1, 2, 3)
    )
    source, pages = read(write(tmp_path / "old.mbox", box))
    assert source.kind == "mail"
    assert [where(page) for page in pages] == ["message 1", "message 2", "message 3"]
    assert [page.title for page in pages] == ["Letter 1", "Letter 2", "Letter 3"]
    assert pages[1].text.endswith(body.replace(">From", "From") + "Number 2.\n")
    assert list(open_source(tmp_path / "old.mbox").pages(3)) == pages[2:]


# -- notebooks -------------------------------------------------------------------------------


def notebook(*cells: dict[str, Any]) -> str:
    return json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5})


def cell(source: Any, kind: str = "code", outputs: list[dict[str, Any]] | None = None) -> Any:
    made = {"cell_type": kind, "metadata": {}, "source": source}
    return made | ({"outputs": outputs or []} if kind == "code" else {})


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


# -- rich text and Word ----------------------------------------------------------------------


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


DOCX = {
    "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-'
    'types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.'
    'relationships+xml"/><Override PartName="/word/document.xml" ContentType="application/vnd.'
    'openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>',
    "_rels/.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/'
    'relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/'
    '2006/relationships/officeDocument" Target="word/document.xml"/></Relationships>',
}
WORDS = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


def docx(path: Path, *paragraphs: tuple[str | None, str]) -> Path:
    styled = "".join(
        f"<w:p>{f'<w:pPr><w:pStyle w:val={style!r}/></w:pPr>' if style else ''}"
        f"<w:r><w:t>{text}</w:t></w:r></w:p>"
        for style, text in paragraphs
    )
    body = f'<w:document xmlns:w="{WORDS}"><w:body>{styled}</w:body></w:document>'
    with zipfile.ZipFile(path, "w") as packed:
        for name, content in {**DOCX, "word/document.xml": body}.items():
            packed.writestr(name, content)
    return path


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


@pytest.mark.parametrize(
    ("start", "words"),
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "old Office.*save it as a PDF"),
        (b"\x89PNG\r\n\x1a\n\0", "a picture.*--ocr"),
        (b"GIF89a\0", "a picture.*PNG or JPEG"),
        (b"(\xb5/\xfd", "zstd archive.*unpack"),
        (b"\x1f\x8b\x08\0", "damaged archive.*get the file again"),
        (b"SQLite format 3\0", "a database"),
    ],
)
def test_known_formats_that_are_not_read_are_named(
    tmp_path: Path, start: bytes, words: str
) -> None:
    with pytest.raises(SourceError, match=words):
        read(write(tmp_path / "thing", start + bytes(range(256))))


@pytest.mark.parametrize(
    ("names", "words"),
    [
        (["xl/workbook.xml"], "Excel.*CSV"),
        (["ppt/slides.xml"], "PowerPoint.*PDF"),
        (["visio/a.xml"], "Visio drawing.*PDF"),
    ],
)
def test_what_is_packed_is_named(tmp_path: Path, names: list[str], words: str) -> None:
    with zipfile.ZipFile(tmp_path / "thing", "w") as packed:
        for name in names:
            packed.writestr(name, "x")
    with pytest.raises(SourceError, match=words):
        read(tmp_path / "thing")


# -- folders ---------------------------------------------------------------------------------


def test_a_file_reads_the_same_alone_and_in_a_folder(tmp_path: Path) -> None:
    root = tmp_path / "papers"
    write(root / "a.xhtml", "<html><body><p>Ruth <b>Ol</b>sen</p></body></html>")
    write(root / "b.mdown", "# One\n\n```\n# no\n```\n\n# Two\n" + "words\n" * 900)
    write(root / "c.eml", letter("Grüße\n", cte="base64").as_bytes())
    write(root / "d.txt", "Jörg Müßig öffnet die Tür.\n".encode("cp1252") * 9)
    write(root / "e.ipynb", notebook(cell("# T", "markdown"), cell("x = 1")))
    write(root / "f.rtf", r"{\rtf1 wo{\b rds}}")
    write(root / "g.log", "one\n\x1b[31mtwo\x1b[0m\n" + "\0" * 99 + "three\n")
    write(root / "h", "<!doctype html><p>by content</p>")
    docx(root / "i.docx", (None, "Carl Weiss"))
    source, pages = read(root)
    for file in sorted(root.iterdir()):
        alone, own = read(file)
        inside = [page for page in pages if page.path == file.name]
        assert [page.text for page in inside] == [page.text for page in own], file.name
        assert [page.line for page in inside] == [page.line for page in own]
        for warning in alone.warnings:
            assert f"{file.name}: {warning}" in source.warnings
    assert where(next(page for page in pages if page.label == "cell 2")) == "e.ipynb, cell 2"


def test_what_a_folder_leaves_out_is_named(tmp_path: Path) -> None:
    root = tmp_path / "r"
    write(root / "a.txt", "words\n")
    write(root / "img/logo.png", b"\x89PNG\r\n\x1a\n" + bytes(99))
    write(root / "tool.bin", b"\x7fELF\1\2\3\0\0")
    write(root / "blank.py", "\n")
    write(root / "old.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(99))
    (root / "link").symlink_to(root / "a.txt")
    source, pages = read(root)
    assert "left out 2 binary files: img/logo.png, tool.bin" in source.warnings
    assert "left out 1 empty files: blank.py" in source.warnings
    assert "left out 1 symbolic links: link" in source.warnings
    problems = {page.path: page.problem for page in pages if page.problem}
    assert list(problems) == ["old.doc"]
    assert "save it as a PDF" in (problems["old.doc"] or "")


def test_rules_of_the_folders_above_count(tmp_path: Path) -> None:
    repo = tmp_path / "repo"
    write(tmp_path / ".gitignore", "main.py\n")  # above the repository: none of its business
    write(repo / ".gitignore", "secret_*.py\nbuild/\n/app/own.txt\n*.log\n")
    write(repo / "app/.gitignore", "!keep.log\n")
    for name in ("main.py", "secret_keys.py", "build/out.py", "own.txt", "a.log", "keep.log"):
        write(repo / "app" / name, "x\n")
    subprocess.run(["git", "init", "-q", repo], check=True)
    write(repo / ".git/info/exclude", "extra.txt\n")
    write(repo / "app/extra.txt", "x\n")
    assert [page.path for page in read(repo / "app")[1]] == ["keep.log", "main.py"]
    assert [page.path for page in read(repo / "app/build")[1]] == ["out.py"]  # it was meant
    (repo / ".git").rename(repo / "git")
    assert "secret_keys.py" in [page.path for page in read(repo / "app")[1]]


def repository(root: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A git repository with a secret and a plain file, of a user without settings."""
    monkeypatch.setenv("HOME", str(root / "user"))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    write(root / "repo/secret.txt", "x\n")
    write(root / "repo/a.txt", "x\n")
    subprocess.run(["git", "init", "-q", root / "repo"], check=True)
    return root / "repo"


IGNORING = {
    "repo/.gitignore": "\ufeffsecret.txt\n",  # with a byte order mark
    "repo/.git/info/exclude": "!\n[z-a]\nsecret.txt\r\n",  # and patterns that are none
    "user/.config/git/ignore": "secret.txt\n",
    "user/.gitconfig": '[user]\n\tname = x\n[core]\n\tautocrlf\n\texcludesFile = "~/ours" ; all\n',
    "user/.config/git/config": "[Core] ExcludesFile=~/\\\nours\n",
    "repo/.git/config": '[core "x"] excludesfile = a\n[core]\n# b\nexcludesFile = ../user/ours\n',
}


@pytest.mark.parametrize("file", IGNORING)
def test_what_git_ignores_is_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, file: str
) -> None:
    repo = repository(tmp_path, monkeypatch)
    write(tmp_path / "user/ours", "secret.*\n")
    write(tmp_path / file, IGNORING[file])
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "*.txt"],
        cwd=repo, check=True, capture_output=True, text=True,
    )  # fmt: skip
    assert listed.stdout.split() == [page.path for page in read(repo)[1]] == ["a.txt"]


def test_the_nearest_rules_of_git_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    repo = repository(tmp_path, monkeypatch)
    write(tmp_path / "user/.config/git/ignore", "*.txt\n")
    write(repo / ".git/info/exclude", "!secret.txt\n")
    assert [page.path for page in read(repo)[1]] == ["secret.txt"]
    write(repo / ".git/config", "[core]\n\texcludesFile =\n")
    assert [page.path for page in read(repo)[1]] == ["a.txt", "secret.txt"]


@pytest.mark.isolated
@pytest.mark.parametrize("link", ["worktree", "submodule"])
def test_a_repository_may_be_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, link: str
) -> None:
    repo, other = repository(tmp_path, monkeypatch), tmp_path / "other"
    folder = repo / ".git" / ("worktrees/other" if link == "worktree" else "modules/other")
    write(folder / "info/exclude", "a.txt\n" if link == "worktree" else "secret.txt\n")
    if link == "worktree":
        write(folder / "commondir", "../..\n")
        write(repo / ".git/info/exclude", "secret.txt\n")
    write(other / ".git", f"gitdir: {os.path.relpath(folder, other)}\n")
    write(other / "sub/secret.txt", "x\n")
    write(other / "sub/a.txt", "x\n")
    for root in (other, other / "sub"):
        pages = open_isolated(root).pages()
        assert [Path(page.path or "").name for page in pages] == ["a.txt"]


# -- logs ------------------------------------------------------------------------------------


@pytest.mark.parametrize("at", ["before", "between", "inside"])
def test_nul_bytes_are_left_out_and_counted(tmp_path: Path, at: str) -> None:
    lines = ["10:00:01 Pumpe läuft über den großen Fluß\n", "10:00:07 valve B7 jammed\n"]
    data = [line.encode() for line in lines]
    gap = b"\0" * (200_000 if at == "before" else 300)
    made = {
        "before": gap + b"".join(data),
        "between": gap.join(data),
        "inside": data[0][:9] + gap + data[0][9:] + data[1],
    }
    source, pages = read(write(tmp_path / "pump.log", made[at]))
    assert pages[0].text == "".join(lines)
    assert f"{len(gap)} NUL bytes were left out" in source.warnings


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


@pytest.mark.parametrize(
    ("written", "seen"),
    [
        ("\x1b[31mERROR\x1b[0m pump", "ERROR pump"),
        ("\x1b[1;38;5;208mE\x1b[mRROR", "ERROR"),
        ("\x1b]0;title\x07pump", "pump"),
        ("\x1b]8;;http://a.b\x1b\\link\x1b]8;;\x1b\\ end", "link end"),
        ("\x1b]52;c;aGVsbG8=\x07pump", "pump"),
        ("\x1bPq#0;2;0\x1b\\pump \x1b_app\x1b\\", "pump "),
        ("\x1b(Bpump\x1b[m\x0f \x1b=x\x1b7y\x1bcz", "pump xyz"),
        ("\x9b31mERROR\x9b0m", "ERROR"),
        ("\x1b]0;never closed, so its words stay", "0;never closed, so its words stay"),
        ("\x1b[2J\x1b[H\x1b[?25lclear\x1b[K", "clear"),
        ("N\bNA\bAM\bME\bE _\bx", "NAME x"),
        ("lone \x1b", "lone "),
        ("top\x1b[2;1Hsecond\x1b[10Cright", "top second right"),
        ("\x1b[3;1Htop \x1b[A\x1b[31m next\x1b[1G", "top  next"),
        ("a\x1b[K\x1b[1Gb\x1b[31mc", "a bc"),
        ("cut off \x1b[3", "cut off "),
        ("cut off \x1b[1;3", "cut off "),
        ("wrong\b\b\b\b\bright", "right"),
        ("Größe\u2028\u0085\u200f\ttab", "Größe\u2028\u0085\u200f\ttab"),
    ],
)
def test_escape_sequences_are_no_text(tmp_path: Path, written: str, seen: str) -> None:
    assert plain(written) == seen
    if "\u2028" not in seen:
        path = write(tmp_path / "a.log", f"one\n{written}\nthree {written}\n")
        assert text_of(path) == f"one\n{seen}\nthree {seen}\n"


@pytest.mark.parametrize("name", ["a.log", "a.log.1", "syslog", "a.txt", "a.py"])
def test_escape_sequences_written_out_are_no_text_of_a_log(tmp_path: Path, name: str) -> None:
    lines = ["^[[31mERROR^[[0m", "#033[1;31mERROR#033[m", r"\x1b[31mERROR\033[0m", "^[a-z] [x]"]
    seen = "ERROR\nERROR\nERROR\n^[a-z] [x]\n"
    written = "\n".join(lines) + "\n"
    path = write(tmp_path / name, written)
    assert text_of(path) == (written if name in ("a.txt", "a.py") else seen)


def test_colours_in_8_bits_are_no_text(tmp_path: Path) -> None:
    data = b"\x9b31mERROR\x9b0m one\n\x9b1;31mcaf\xe9\x9b0m and \x8bcr\xe8me\x9b\n"
    assert text_of(write(tmp_path / "a.log", data)) == "ERROR one\ncafé and ‹crème›\n"


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


def test_a_flat_opendocument_text_is_read(tmp_path: Path) -> None:
    kind = 'office:mimetype="application/vnd.oasis.opendocument.text"'
    body = "<text:h text:outline-level='1'>Vault</text:h><text:p>Ruth <b>Ol</b>sen.</text:p>"
    flat = f"<?xml version='1.0'?><office:document xmlns:office='o' {kind}>"
    flat += "<office:meta><x>LibreOffice</x></office:meta><office:body>"
    source, pages = read(write(tmp_path / "a", f"{flat}{body}</office:body></office:document>"))
    assert (source.kind, pages[0].text) == ("odt", "Vault\n\nRuth Olsen.\n")


def test_a_saved_web_page_is_what_it_shows(tmp_path: Path) -> None:
    parts = [("text/html", "<p>The miller is Anton.</p>"), ("text/css", "p { color: red }")]
    body = "".join(f"--x\nContent-Type: {kind}\n\n{text}\n" for kind, text in parts)
    head = "From: <Saved by Blink>\nSubject: Mill\nMIME-Version: 1.0\n"
    head += "Content-Type: multipart/related; boundary=x\n\n"
    text = read(write(tmp_path / "a.mht", f"{head}{body}--x--\n"))[1][0].text
    assert "Anton" in text
    assert "color" not in text


def test_escape_sequences_in_json_are_no_text(tmp_path: Path) -> None:
    row = json.dumps({"level": "\x1b[31mERROR\x1b[0m"})
    assert text_of(write(tmp_path / "a.jsonl", f"{row}\n")) == "level: ERROR\n"


def test_a_damaged_entry_of_an_archive_costs_that_entry(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_LZMA) as archive:
        for name in "abc":
            archive.writestr(f"{name}.txt", f"{name} says it. " * 99)
    data = bytearray(path.read_bytes())
    at = data.index(b"b.txt") + 5
    data[at : at + 16] = b"\xff" * 16
    path.write_bytes(data)
    pages = read(path)[1]
    assert {page.path: bool(page.text) for page in pages} == {
        "a.txt": True,
        "b.txt": False,
        "c.txt": True,
    }


def test_a_part_called_text_that_is_none_is_named(tmp_path: Path) -> None:
    """Its words are lost with it, so it may not go in silence."""
    data = base64.encodebytes(b"\0\1\2\3" * 200)
    parts = b"--x\nContent-Type: text/plain\n\nThe mill is sold.\n--x\nContent-Type: text/plain; "
    parts += b'name="odd.txt"\nContent-Transfer-Encoding: base64\n\n' + data + b"--x--\n"
    head = b"From: a@b.c\nMessage-ID: <1@b.c>\nMIME-Version: 1.0\n"
    head += b"Content-Type: multipart/mixed; boundary=x\n\n"
    source = open_source(write(tmp_path / "a.eml", head + parts))
    pages = list(source.pages())
    assert "The mill is sold." in pages[0].text
    assert "odd.txt" in " ".join([*source.warnings, *(f"{p.label} {p.problem}" for p in pages)])
