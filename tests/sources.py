"""Sources as tests make them and look at them."""

from __future__ import annotations

import json
import zipfile
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from infinidoc.labels import place
from infinidoc.reading import Page, Source, open_source
from infinidoc.retrieval.evidence import Evidence


def write(path: Path, data: str | bytes) -> Path:
    """The file `path` with `data` in it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return path


def made(path: Path, content: str | bytes) -> Source:
    """A source of a file that is written for it."""
    return open_source(write(path, content))


def read(path: Path, **options: Any) -> tuple[Source, list[Page]]:
    """A source and all its pages."""
    source = open_source(path, **options)
    return source, list(source.pages())


def text_of(path: Path) -> str:
    """All text of a file."""
    return shown(open_source(path))


def shown(source: Source) -> str:
    """All text of a source."""
    return "".join(page.text for page in source.pages())


def where(page: Page) -> str:
    """Where a page is, as an answer cites it."""
    found = Evidence("doc", page.number, page.label, page.path, page.line, 0, 0, "", 0.0)
    return found.where()


def cited(page: Page, words: str) -> str:
    """Where `words` of a page stand, as an answer cites them."""
    at = page.text.index(words)
    line = None if page.line is None else page.line + page.text.count("\n", 0, at)
    return place(page.number, page.label, page.path, line)


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


def notebook(*cells: dict[str, Any]) -> str:
    return json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5})


def cell(source: Any, kind: str = "code", outputs: list[dict[str, Any]] | None = None) -> Any:
    made = {"cell_type": kind, "metadata": {}, "source": source}
    return made | ({"outputs": outputs or []} if kind == "code" else {})


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
