"""Messages, boxes of them and saved pages are read as what they show."""

from __future__ import annotations

import base64
import tracemalloc
from base64 import b64encode
from email.message import EmailMessage
from pathlib import Path

import pytest

from infinidoc.reading import open_source
from tests.sources import HEADERS, letter, read, text_of, where, write

# -- e-mail -----------------------------------------------------------------------------------


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


# -- logs -------------------------------------------------------------------------------------


def test_a_saved_web_page_is_what_it_shows(tmp_path: Path) -> None:
    parts = [("text/html", "<p>The miller is Anton.</p>"), ("text/css", "p { color: red }")]
    body = "".join(f"--x\nContent-Type: {kind}\n\n{text}\n" for kind, text in parts)
    head = "From: <Saved by Blink>\nSubject: Mill\nMIME-Version: 1.0\n"
    head += "Content-Type: multipart/related; boundary=x\n\n"
    text = read(write(tmp_path / "a.mht", f"{head}{body}--x--\n"))[1][0].text
    assert "Anton" in text
    assert "color" not in text


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


@pytest.mark.parametrize("broken", ["name*0*", "name*", "*", 'name*0*="', "=?"])
@pytest.mark.parametrize("border", ["inner", "another"])
def test_a_broken_parameter_costs_nothing_else(tmp_path: Path, broken: str, border: str) -> None:
    types = f"Content-Type: text/plain; {broken}\r\nContent-Disposition: inline; {broken}\r\n"
    parts = PARTS.format(border=border).replace(
        "Content-Type: text/plain; charset=utf-8", types[:-2]
    )
    mail = f'{HEADERS}Content-Type: multipart/mixed; boundary="inner"\r\n\r\n{parts}'
    for name, data in (("a.eml", mail), ("b.eml", f"{HEADERS}{types}\r\nThe mill is sold.\r\n")):
        assert text_of(write(tmp_path / name, data)).endswith("The mill is sold.\n")
