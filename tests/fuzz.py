"""Changes real files at random and has them read: nothing may crash, hang or swell.

    python -m tests.fuzz READER [SECONDS] [--inside]     READER: a suffix such as pdf, or import

Seeds are made here or lie in sample_docs. A reader runs as it does for a user, in a process
of its own with limits; that only a SourceError comes of it is what is checked, and how often
the reader itself failed in a way it did not foresee is counted by kind. With --inside it runs
in this process: many times as many files, with an alarm and a limit of memory in the place of
the reader's own. POSIX only.
"""

from __future__ import annotations

import random
import re
import resource
import signal
import sys
import tempfile
import time
import traceback
import zipfile
from collections import Counter
from pathlib import Path

from infinidoc.errors import InfinidocError
from infinidoc.isolation import open_isolated
from infinidoc.reading import open_source
from infinidoc.store import Store
from infinidoc.store.portable import export_document, import_documents
from infinidoc.store.verify import verify

SLOW = 10  # seconds
MEMORY = 4 << 30  # bytes of address space
SAMPLES = Path(__file__).parent.parent / "sample_docs"
HTML = (
    "<html><head><title>T</title></head><body><h1>One</h1><p>Text &amp; more</p><!-- c --></body>"
)
MAIL = "From: a@example.org\nTo: b@example.org\nSubject: =?utf-8?q?S=C3=A9?=\nMIME-Version: 1.0\n"
MAIL += (
    "Content-Type: multipart/mixed; boundary=x\n\n--x\nContent-Type: text/html\n\n<p>Hi\n--x--\n"
)
NOTEBOOK = '{"cells": [{"cell_type": "markdown", "metadata": {}, "source": ["# A\\n", "b"]}], '
ROWS = 'name,town\nAnn,Bath\n"B, C","two\nlines"\n' * 9
FB2 = "<?xml version='1.0'?><FictionBook><body><section><title><p>One</p></title><p>Text</p>"
FODT = (
    "<office:document xmlns:office='o' office:mimetype='application/vnd.oasis.opendocument.text'>"
)
NOTEBOOK += '"metadata": {}, "nbformat": 4, "nbformat_minor": 5}'
TEXTS = {
    "txt": "Chapter One\n\nIt was a dark night.\n\nChapter Two\n\nThe captain left.\n" * 9,
    "md": "# One\n\n- a\n  - b\n\n```\ncode\n```\n\n| a | b |\n|---|---|\n| 1 | 2 |\n" * 5,
    "html": HTML * 5,
    "eml": MAIL,
    "ipynb": NOTEBOOK,
    "csv": ROWS,
    "json": '[{"a": 1, "b": [true, "x\\u00e9"]}, {"c": {"d": null}}]',
    "jsonl": '{"a": 1}\n{"b": "\\u001b[31m"}\nnone\n',
    "srt": "1\n00:00:01,000 --> 00:00:03,000\nOne\n\n2\n00:00:04,000 --> 00:00:05,000\nTwo\n",
    "vtt": "WEBVTT\n\n00:01.000 --> 00:03.000\n<v Ann>One <b>two</b>\n",
    "fb2": f"{FB2}<image/></section></body></FictionBook>",
    "fodt": f"{FODT}<text:h>One</text:h><text:p>Two<text:s text:c='3'/></text:p></office:document>",
    "mbox": f"From a@x.org Mon Mar  2 10:00:00 2026\n{MAIL}\n" * 2,
    "rst": "One\n===\n\ntext\n\nTwo\n===\n\n.. include:: a\n",
    "tex": "\\documentclass{a}\n\\section{One}\nx\n\\begin{verbatim}\n\\section{No}\n",
    "1": ".TH A 1\n.SH NAME\na \\- \\fBb\\fR\n.TP\n.B x\ny\n",
    "rtf": r"{\rtf1\ansi{\fonttbl\f0 A;}\f0\pard One \b bold\b0 \u233?\par Two\par}",
}

_WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_PACKED = {
    "odt": {
        "mimetype": "application/vnd.oasis.opendocument.text",
        "META-INF/manifest.xml": "<manifest/>",
        "content.xml": TEXTS["fodt"],
    },
    "docx": {
        "[Content_Types].xml": "<Types/>",
        "word/document.xml": f"<w:document xmlns:w='{_WORD}'><w:body><w:p><w:r><w:t>One</w:t>"
        "</w:r></w:p></w:body></w:document>",
    },
    "zip": {"a.txt": TEXTS["txt"], "b/c.md": TEXTS["md"], "d.html": HTML},
}


def seeds(reader: str, folder: Path) -> list[bytes]:
    """Whole files of this kind."""
    if reader in TEXTS:
        return [TEXTS[reader].encode(), TEXTS[reader].encode("utf-16")]
    if reader == "import":
        from tests.damage import made

        made(folder / "seed.db")
        with Store(folder / "seed.db") as store:
            export_document(store, 1, folder / "seed")
        return [(folder / "seed").read_bytes()]
    if reader == "epub":
        return [_epub(folder / "seed.epub")]
    if reader in _PACKED:
        return [_packed(folder / "seed", _PACKED[reader])]
    found = [path.read_bytes() for path in sorted(SAMPLES.rglob(f"*.{reader}"))]
    if not found and reader == "pdf":
        import pymupdf

        document = pymupdf.open()
        for number in range(3):
            document.new_page().insert_text((72, 72), f"Page {number} of the tale")
        document.set_toc([[1, "One", 1], [1, "Two", 2]])
        found = [document.tobytes(), document.tobytes(deflate=True, use_objstms=1)]
    if not found:
        sys.exit(f"no seed for {reader}: put one into {SAMPLES}")
    return found


def _packed(path: Path, files: dict[str, str]) -> bytes:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path.read_bytes()


def _epub(path: Path) -> bytes:
    box = '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
    box += '<rootfile full-path="o.opf" media-type="application/oebps-package+xml"/></rootfiles>'
    opf = '<package xmlns="http://www.idpf.org/2007/opf" version="3.0"><manifest>'
    opf += '<item id="a" href="a.xhtml" media-type="application/xhtml+xml"/></manifest>'
    opf += '<spine><itemref idref="a"/></spine></package>'
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "application/epub+zip")
        archive.writestr("META-INF/container.xml", f"{box}</container>")
        archive.writestr("o.opf", opf)
        archive.writestr("a.xhtml", HTML, zipfile.ZIP_DEFLATED)
    return path.read_bytes()


def mutated(seed: bytes, chance: random.Random) -> bytes:
    """The seed after a few changes: bits, bytes, cuts, repeats, moved stretches."""
    data = bytearray(seed)
    for _ in range(chance.choice((1, 1, 2, 4, 16))):
        at = chance.randrange(len(data) + 1)
        length = min(1 << chance.randrange(12), len(data))
        other = chance.randrange(len(data) + 1)
        kind = chance.randrange(6)
        if kind == 0 and at < len(data):
            data[at] ^= 1 << chance.randrange(8)
        elif kind == 1:
            data[at : at + 1] = bytes([chance.choice(b"\0\xff<>()[]{}/\\&\n0")])
        elif kind == 2:
            del data[at : at + length]
        elif kind == 3:
            data[at:at] = data[other : other + length]
        elif kind == 4:
            data[at:at] = data[at : at + 64] * chance.randrange(1, 64)
        else:
            data[at : at + 8] = chance.randbytes(8)
    return bytes(data)


def run(
    reader: str, seconds: float, folder: Path, seed: int = 0, inside: bool = False
) -> Counter[str]:
    """What came of each file: read, refused, or how the reader failed."""
    chance, outcomes = random.Random(seed), Counter[str]()
    whole = seeds(reader, folder)
    path, until = folder / f"mutated.{reader}", time.monotonic() + seconds
    while time.monotonic() < until or not outcomes:
        path.write_bytes(mutated(chance.choice(whole), chance))
        began = time.monotonic()
        try:
            _import(path) if reader == "import" else _read(path, inside)
            outcomes["read"] += 1
        except InfinidocError as error:
            failed = re.search(r"its reader .*", error.what)
            outcomes[failed[0] if failed else "refused"] += 1
        except TimeoutError:
            kept = Path(tempfile.gettempdir()) / f"slow-{reader}-{sum(outcomes.values())}"
            kept.write_bytes(path.read_bytes())
        if time.monotonic() - began > SLOW:
            outcomes["over 10 s"] += 1
    return outcomes


def _read(path: Path, inside: bool) -> None:
    if not inside:
        for _ in open_isolated(path).pages():
            pass
        return
    signal.alarm(SLOW)
    try:
        for _ in open_source(path).pages():
            pass
    except (InfinidocError, TimeoutError):
        raise
    except Exception as error:
        frame = traceback.extract_tb(error.__traceback__)[-1]
        at = f"{Path(frame.filename).name}:{frame.lineno}"
        raise InfinidocError(f"its reader failed ({type(error).__name__} at {at})") from error
    finally:
        signal.alarm(0)


def _alarmed(*_: object) -> None:
    raise TimeoutError


def _import(path: Path) -> None:
    """What is imported is whole."""
    with Store(None) as store:
        import_documents(store, path)
        assert list(verify(store)) == []


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        seconds = float([*sys.argv[2:], "60"][0])
        inside = "--inside" in sys.argv
        if inside:
            signal.signal(signal.SIGALRM, _alarmed)
            resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        outcomes = run(sys.argv[1], seconds, Path(folder), time.time_ns(), inside)
    print(sum(outcomes.values()), dict(outcomes))


if __name__ == "__main__":
    main()
