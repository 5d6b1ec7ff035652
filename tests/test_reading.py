"""Documents become pages with their places, and nothing is dropped without a word."""

from __future__ import annotations

import contextlib
import io
import os
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from infinidoc.errors import SourceError
from infinidoc.reading import Page, open_source


def read(path: Path, **options: object) -> list[Page]:
    return list(open_source(path, **options).pages())  # type: ignore[arg-type]


def make_pdf(path: Path, pages: list[str], **saving: object) -> Path:
    import pymupdf

    document = pymupdf.open()
    for text in pages:
        page = document.new_page()
        if text == "IMAGE":
            pixmap = pymupdf.Pixmap(pymupdf.csRGB, pymupdf.IRect(0, 0, 20, 20), False)
            page.insert_image(pymupdf.Rect(0, 0, 100, 100), pixmap=pixmap)
        elif text:
            page.insert_text((72, 72), text)
    if len(pages) >= 4:
        document.set_toc([[1, "Preface", 1], [1, "The Voyage", 3]])
        document.set_page_labels(
            [
                {"startpage": 0, "style": "r", "firstpagenum": 1},
                {"startpage": 2, "style": "D", "firstpagenum": 1},
            ]
        )
    document.save(path, **saving)
    return path


# -- text ------------------------------------------------------------------------------------


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(text=st.text(alphabet="ab \n\t.é🙂#", min_size=1, max_size=9000))
def test_pages_of_a_text_are_the_text(text: str, tmp_path: Path) -> None:
    path = tmp_path / "text.txt"
    path.write_text(text, "utf-8", newline="")
    if not text.strip():
        with pytest.raises(SourceError, match="no text"):
            read(path)
        return
    pages = read(path)
    whole = text if text.endswith("\n") else text + "\n"
    assert "".join(page.text for page in pages) == whole
    assert [page.number for page in pages] == list(range(1, len(pages) + 1))
    for page in pages:
        assert page.line is not None
        before = "".join(other.text for other in pages[: page.number - 1])
        assert page.line == before.count("\n") + 1


def test_a_reading_can_begin_at_any_page(tmp_path: Path) -> None:
    path = tmp_path / "text.md"
    path.write_text("".join(f"# Part {n}\n\n" + "word " * 900 + "\n" for n in range(5)), "utf-8")
    pages = read(path)
    for start in range(1, len(pages) + 1):
        assert list(open_source(path).pages(start)) == pages[start - 1 :]


@pytest.mark.parametrize(
    ("name", "text", "encoding"),
    [
        (
            "a.xml",
            '<?xml version="1.0" encoding="iso-8859-2"?>\n<p>Zażółć gęślą</p>\n',
            "iso8859-2",
        ),
        ("a.css", '@charset "iso-8859-2";\n/* gęślą */\n', "iso8859-2"),
        ("a.py", "#!/usr/bin/python\n# -*- coding: koi8-r -*-\n# ветер\n", "koi8-r"),
        ("a.tex", "\\documentclass{a}\n\\usepackage[latin2]{inputenc}\nżółć\n", "iso8859-2"),
        ("a.txt", "the coding: iso-8859-5 of old files\ncafé au lait, déjà vu\n", "cp1252"),
        ("b.py", "# coding: klingon\n# café au lait, déjà vu\n", "cp1252"),
    ],
)
def test_a_text_is_decoded_as_it_declares(
    tmp_path: Path, name: str, text: str, encoding: str
) -> None:
    path = tmp_path / name
    path.write_bytes(text.encode(encoding))
    source = open_source(path)
    assert "".join(page.text for page in source.pages()) == text
    assert bool(source.warnings) == (encoding == "cp1252")  # a guess


def test_a_declaration_does_not_make_utf8_another_text(tmp_path: Path) -> None:
    path = tmp_path / "a.py"
    path.write_text("# coding: latin-1\n# café\n", "utf-8")
    assert "café" in read(path)[0].text


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32", "cp1252"])
def test_encodings_are_told_apart(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "text.txt"
    text = "Größe, Maße und Übermut — das café à la carte.\n" * 20
    path.write_bytes(text.encode(encoding))
    source = open_source(path)
    assert "".join(page.text for page in source.pages()) == text
    assert bool(source.warnings) == (encoding == "cp1252")


def test_bytes_that_are_no_text_are_counted_not_dropped(tmp_path: Path) -> None:
    path = tmp_path / "text.txt"
    path.write_bytes("naïve café ".encode() * 50 + b"\xff\xfe\x80 end\n")
    source = open_source(path)
    (page,) = source.pages()
    assert page.text.count("\ufffd") == 3
    assert source.warnings == ["3 bytes are no utf-8 text and were replaced"]


def test_line_ends_and_form_feeds(tmp_path: Path) -> None:
    path = tmp_path / "text.txt"
    path.write_bytes(b"one\r\ntwo\rthree\n\x0cfour\n")
    pages = [(page.text, page.line) for page in read(path)]
    assert pages == [("one\ntwo three\n\n", 1), ("four\n", 3)]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
@pytest.mark.parametrize(
    ("written", "text"),
    [
        ("0%\r50%\r100%\nERROR\r\r\n\rend\r", "0% 50% 100%\nERROR\n end\n"),
        ("one\r\n\r\nthree\r\n", "one\n\nthree\n"),
        ("one\rtwo\r\rfour\r", "one\ntwo\n\nfour\n"),
        ("one\rtwo\rthree\r\n", "one\ntwo\nthree\n"),
    ],
)
def test_a_line_is_what_grep_has_for_one(
    tmp_path: Path, written: str, text: str, encoding: str
) -> None:
    path = tmp_path / "a.log"
    path.write_bytes(written.encode(encoding))
    assert "".join(page.text for page in read(path)) == text


def test_markdown_chapters_but_not_in_fences(tmp_path: Path) -> None:
    path = tmp_path / "notes.md"
    path.write_text("# One\ntext\n```\n# no heading\n```\n## Two\nmore\n", "utf-8")
    pages = read(path)
    assert [(page.title, page.chapter, page.line) for page in pages] == [
        ("One", True, 1),
        ("Two", True, 6),
    ]


def test_a_long_text_streams_in_constant_memory(tmp_path: Path) -> None:
    import tracemalloc

    path = tmp_path / "long.txt"
    with path.open("w") as file:
        for _ in range(300):
            file.write("a line of text that is not very long at all\n" * 1000)
    source = open_source(path)
    tracemalloc.start()
    characters = sum(len(page.text) for page in source.pages())
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert characters == path.stat().st_size
    assert peak < 16e6  # of 13 MB of text: a few chunks of 1 MiB


# -- PDF -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text", [".", "a/", "QUJD/+abc0", "A.", "e\u0301\u0301", "\u0301", "<", "`", "[", "a:", "= "]
)
@pytest.mark.parametrize("suffix", ["txt", "md", "html"])
def test_a_line_without_a_word_is_read_in_time(tmp_path: Path, suffix: str, text: str) -> None:
    """Minified code, base64, and worse; what takes each step back takes minutes."""
    path, began = tmp_path / f"line.{suffix}", time.process_time()
    path.write_text("e" + text * (70_000 // len(text)), "utf-8")
    with contextlib.suppress(SourceError):
        list(open_source(path).pages())
    assert time.process_time() - began < 5


def test_numbers_are_chapters_at_any_level_of_markdown(tmp_path: Path) -> None:
    file = tmp_path / "novel.md"
    file.write_text(
        "# A Novel\n\n#### I\n\nIt began.\n\n#### XII.\n\nSo it\n\n### Of apples\n\nwas.\n"
    )
    titles = [page.title for page in open_source(str(file)).pages() if page.chapter]
    assert titles == ["A Novel", "I", "XII."]


def test_pdf_pages_keep_labels_and_chapters(tmp_path: Path) -> None:
    pages = read(make_pdf(tmp_path / "a.pdf", ["alpha", "beta", "gamma", "delta"]))
    assert [page.label for page in pages] == ["i", "ii", "1", "2"]
    assert [page.title for page in pages] == ["Preface", "Preface", "The Voyage", "The Voyage"]
    assert [page.chapter for page in pages] == [True, False, True, False]
    assert [page.text.strip() for page in pages] == ["alpha", "beta", "gamma", "delta"]


def test_pdf_pages_without_text_are_named(tmp_path: Path) -> None:
    source = open_source(make_pdf(tmp_path / "a.pdf", ["alpha", "IMAGE", ""]))
    pages = list(source.pages())
    assert [bool(page.problem) for page in pages] == [False, True, True]
    assert "2 of 3 pages have no text" in source.warnings[0]


def test_a_scan_is_no_success(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="ingest --ocr"):
        read(make_pdf(tmp_path / "a.pdf", ["IMAGE", "IMAGE"]))


def test_an_encrypted_pdf_needs_its_password(tmp_path: Path) -> None:
    import pymupdf

    path = make_pdf(
        tmp_path / "a.pdf", ["alpha"], encryption=pymupdf.PDF_ENCRYPT_AES_256, user_pw="open"
    )
    with pytest.raises(SourceError, match="encrypted"):
        open_source(path)
    with pytest.raises(SourceError, match="not with this password"):
        open_source(path, password="wrong")
    assert read(path, password="open")[0].text.strip() == "alpha"


@pytest.mark.parametrize("keep", [9, 300, 0.5])
def test_a_truncated_pdf_is_said_to_be_damaged(
    tmp_path: Path, keep: float, capfd: pytest.CaptureFixture[str]
) -> None:
    data = make_pdf(tmp_path / "a.pdf", [f"page {n}" for n in range(30)]).read_bytes()
    path = tmp_path / "b.pdf"
    path.write_bytes(data[: int(keep if keep > 1 else keep * len(data))])
    try:
        source = open_source(path)
        list(source.pages())
    except SourceError as error:
        said = str(error)
        assert "damaged" in said or "no page has any text" in said
    else:
        assert any("repaired" in warning or "no text" in warning for warning in source.warnings)
    assert capfd.readouterr().out == ""


# -- markup ----------------------------------------------------------------------------------


def test_html_is_its_visible_text(tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    path.write_text(
        "<html><head><title>T</title><style>b{}</style><script>var x = 1</script></head>"
        "<body><h1>Head&amp;Shoulders</h1><p>One <b>two</b>\n three.</p><pre>a  b\n c</pre></body>",
        "utf-8",
    )
    (page,) = read(path)
    assert "One two three." in page.text
    assert "a  b" in page.text
    assert "var x" not in page.text
    assert page.title == "Head&Shoulders"


def make_epub(path: Path, chapters: list[str]) -> Path:
    items = "".join(f'<item id="c{n}" href="c{n}.xhtml"/>' for n in range(len(chapters)))
    order = "".join(f'<itemref idref="c{n}"/>' for n in reversed(range(len(chapters))))
    opf = f'<package xmlns="http://www.idpf.org/2007/opf"><manifest>{items}</manifest>'
    container = '<container xmlns="urn:x"><rootfiles><rootfile full-path="O/p.opf"/></rootfiles>'
    with zipfile.ZipFile(path, "w") as book:
        book.writestr("mimetype", "application/epub+zip")
        book.writestr("META-INF/container.xml", container + "</container>")
        book.writestr("O/p.opf", f"{opf}<spine>{order}</spine></package>")
        for n, text in enumerate(chapters):
            book.writestr(f"O/c{n}.xhtml", f"<html><body><h1>C{n}</h1><p>{text}</p></body></html>")
    return path


def test_epub_chapters_in_reading_order(tmp_path: Path) -> None:
    pages = read(make_epub(tmp_path / "b.epub", ["first", "second"]))
    assert [(page.title, page.chapter) for page in pages] == [("C1", True), ("C0", True)]
    assert "second" in pages[0].text


# -- folders ---------------------------------------------------------------------------------


def make_tree(root: Path, files: dict[str, str | bytes]) -> Path:
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return root


def test_a_folder_is_read_like_a_repository(tmp_path: Path) -> None:
    root = make_tree(
        tmp_path / "repo",
        {
            ".gitignore": "*.log\nbuild/\n!keep.log\n",
            "README.md": "# Repo\n",
            "a.py": "import b\n" * 3,
            "x.log": "no\n",
            "keep.log": "yes\n",
            "build/out.txt": "no\n",
            "src/.gitignore": "/local.txt\n",
            "src/local.txt": "no\n",
            "src/deep/local.txt": "yes\n",
            ".hidden": "no\n",
            ".git/config": "no\n",
            "data.bin": b"\0\1\2",
            "Cargo.lock": "no\n",
            "big.txt": "x" * (2 << 20),
            "empty.py": "",
        },
    )
    source = open_source(root)
    pages = list(source.pages())
    assert [page.path for page in pages] == ["README.md", "a.py", "keep.log", "src/deep/local.txt"]
    assert all(page.line == 1 for page in pages)
    assert source.kind == "code"
    for reason in ("binary", "lock", "hidden", "larger", ".gitignore", "empty"):
        assert any(reason in warning for warning in source.warnings), reason


def test_include_exclude_and_max_size(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "a.py": "a\n",
        "b.md": "b\n",
        "t/c.py": "c\n",
        "d.py": "d" * 99,
    }
    root = make_tree(tmp_path / "r", files)
    assert [p.path for p in read(root, include=["*.py"], exclude=["t/"])] == ["a.py", "d.py"]
    assert [p.path for p in read(root, max_size=50, include=["*.py"])] == ["a.py", "t/c.py"]


def test_a_file_that_cannot_be_read_is_a_page_with_a_problem(tmp_path: Path) -> None:
    root = make_tree(tmp_path / "r", {"a.py": "a\n", "broken.pdf": b"%PDF-1.7 nothing"})
    pages = read(root)
    assert [page.path for page in pages] == ["a.py", "broken.pdf"]
    assert "damaged" in (pages[1].problem or "")


def test_the_hash_of_a_folder_is_of_its_contents(tmp_path: Path) -> None:
    first = open_source(make_tree(tmp_path / "one", {"a.py": "a\n"})).sha256
    assert open_source(make_tree(tmp_path / "two", {"a.py": "a\n"})).sha256 == first
    assert open_source(make_tree(tmp_path / "two", {"a.py": "b\n"})).sha256 != first


# -- stdin and what cannot be read -----------------------------------------------------------


def test_stdin_is_known_by_its_content() -> None:
    source = open_source(io.BytesIO(b"some words\n"))
    assert source.name.startswith("stdin-")
    assert [page.text for page in source.pages()] == ["some words\n"]
    assert [page.text for page in source.pages()] == ["some words\n"]
    assert source.location == "-"


def test_a_pdf_on_stdin(tmp_path: Path) -> None:
    data = make_pdf(tmp_path / "a.pdf", ["alpha"]).read_bytes()
    source = open_source(io.BytesIO(data))
    assert source.kind == "pdf"
    assert next(source.pages()).text.strip() == "alpha"


def _empty(path: Path) -> Path:
    path.write_bytes(b"")
    return path


def _binary(path: Path) -> Path:
    with path.open("wb") as file:
        file.write(b"\x7fELF\0\0\0")
        file.truncate(1 << 30)  # a sparse gigabyte: must be refused without being read
    return path


def _blank(path: Path) -> Path:
    path.write_text(" \n\n")
    return path


def _bare(path: Path) -> Path:
    (path / "inner").mkdir(parents=True)
    return path


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda path: path, "no such file"),
        (_empty, "empty"),
        (_binary, "binary"),
        (_blank, "no text"),
        (_bare, "no readable text"),
    ],
)
def test_what_cannot_be_read(tmp_path: Path, make: Callable[[Path], Path], words: str) -> None:
    with pytest.raises(SourceError, match=words):
        read(make(tmp_path / "thing"))


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission(tmp_path: Path) -> None:
    path = tmp_path / "secret.txt"
    path.write_text("x")
    path.chmod(0)
    with pytest.raises(SourceError, match="permission"):
        read(path)
