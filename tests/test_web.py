"""An address is fetched when it is given, within limits, and cited; tricks are refused."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from infinidoc import web
from infinidoc.errors import InfinidocError, OfflineError, SourceError, UsageError
from infinidoc.reading import Page, is_address
from infinidoc.retrieval.evidence import Evidence
from infinidoc.web import FetchedSource, open_address

PAGE = "<!doctype html><html><head><title>Die Mühle</title></head><body><p>{}</p></body></html>"
WORDS = "Die Mühle gehört Jörg Müßig."


def pdf() -> bytes:
    import pymupdf

    document = pymupdf.open()
    for text in ("The gate is twelve feet wide.", "It opens to the west."):
        document.new_page().insert_text((72, 72), text)
    return bytes(document.tobytes())


ANSWERS: dict[str, tuple[str | None, bytes]] = {  # path: content type, content
    "/mill.html": ("text/html; charset=iso-8859-1", PAGE.format(WORDS).encode("latin-1")),
    "/declared": ("text/html", PAGE.format(WORDS).encode()),
    "/notes.txt": ("text/plain; charset=koi8-r", "Мельница\nстоит у реки\n".encode("koi8-r")),
    "/README.md": ("text/plain", b"# One\n\nFirst.\n\n# Two\n\nSecond.\n"),
    "/plan": ("application/pdf", pdf()),
    "/data": ("text/csv", b"name,age\nAda,36\nBob,41\n"),
    "/untyped.csv": (None, b"name,age\nAda,36\n"),
    "/empty": ("text/plain", b""),
    "/film": ("video/mp4", b"\0\0\0\x18ftypmp42" + bytes(range(256)) * 9),
    "/great": ("text/plain", b"word " * 400),
}
REDIRECTS = {
    "/old": "/mill.html",
    "/loop": "/loop",
    "/file": "file:///etc/passwd",
    "/ftp": "ftp://127.0.0.1/a",
    "/login": "http://me:secret@127.0.0.1/a",
}


class Answering(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path in REDIRECTS:
            self.send_response(302)
            self.send_header("Location", REDIRECTS[self.path])
            self.end_headers()
            return
        if self.path == "/slow":
            time.sleep(1.0)
        kind, data = ANSWERS.get(self.path, (None, b""))
        self.send_response(200 if self.path in (*ANSWERS, "/short", "/packed") else 404)
        if kind:
            self.send_header("Content-Type", kind)
        if self.path == "/packed":
            self.send_header("Content-Encoding", "br")
        self.send_header("Content-Length", str(len(data) + 9 * (self.path == "/short")))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Answering)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


def fetched(address: str, **options: Any) -> tuple[FetchedSource, list[Page], list[str]]:
    said: list[str] = []
    source = open_address(address, offline=False, say=said.append, **options)
    return source, list(source.pages()), said


def where(page: Page) -> str:
    place = Evidence("doc", page.number, page.label, page.path, page.line, 0, 0, "", 0.0)
    return place.where()


@pytest.mark.parametrize(
    ("path", "kind", "words", "place"),
    [
        ("/mill.html", "html", WORDS, ", page 1"),
        ("/declared", "html", WORDS, ", page 1"),
        ("/notes.txt", "text", "стоит у реки", ":1"),
        ("/README.md", "markdown", "First.", ":1"),
        ("/plan", "pdf", "The gate is twelve feet wide.", ", page 1"),
        ("/data", "table", "name: Ada", ", row 1"),
        ("/untyped.csv", "table", "name: Ada", ", row 1"),
    ],
)
def test_what_the_server_says_of_it_counts(
    site: str, path: str, kind: str, words: str, place: str
) -> None:
    source, pages, said = fetched(site + path)
    assert (source.kind, source.location) == (kind, site + path)
    assert words in pages[0].text
    assert where(pages[0]) == site + path + place
    assert said[0] == f"fetching {site}{path}"
    assert "bytes" in said[-1]


def test_pages_are_cited_behind_the_address(site: str) -> None:
    assert where(fetched(site + "/plan")[1][1]) == f"{site}/plan, page 2"


def test_redirects_are_followed_and_shown(site: str) -> None:
    source, pages, said = fetched(site + "/old")
    assert WORDS in pages[0].text
    assert source.location == site + "/old"
    assert f"redirected to {site}/mill.html" in said
    assert f"redirected to {site}/mill.html" in source.warnings


@pytest.mark.parametrize(
    ("path", "what"),
    [
        ("/none", "HTTP 404"),
        ("/loop", "more than 5 redirects"),
        ("/file", "redirected to a file"),
        ("/ftp", "only http and https"),
        ("/login", "a user or password"),
        ("/empty", "nothing at this address"),
        ("/short", "broke off"),
        ("/packed", "packed"),
    ],
)
def test_what_cannot_be_had_is_said_with_its_address(site: str, path: str, what: str) -> None:
    with pytest.raises(SourceError, match=what) as caught:
        fetched(site + path)
    assert caught.value.where == site + path
    assert "secret" not in str(caught.value)


def test_what_is_no_text_is_refused_as_a_file_would_be(site: str) -> None:
    with pytest.raises(SourceError, match="a recording, which is not read"):
        fetched(site + "/film")


def test_limits_of_size_and_time(site: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web, "LARGEST", 1000)
    with pytest.raises(SourceError, match="larger than"):
        fetched(site + "/great")
    monkeypatch.setattr(web, "SILENCE", 0.1)
    with pytest.raises(SourceError, match="no answer for"):
        fetched(site + "/slow")


def test_a_public_address_does_not_lead_to_a_private_one(
    site: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    hosts = {"127.0.0.1": False, "localhost": True}
    monkeypatch.setattr(web, "_is_private", hosts.__getitem__)
    monkeypatch.setitem(REDIRECTS, "/inside", site.replace("127.0.0.1", "localhost") + "/data")
    with pytest.raises(SourceError, match="redirected to a private address"):
        fetched(site + "/inside")


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "10.1.2.3", "169.254.169.254", "::1"])
def test_private_hosts(host: str) -> None:
    assert web._is_private(host)


@pytest.mark.parametrize(
    "address",
    [
        "file:///etc/passwd",
        "ftp://example.org/a.txt",
        "gopher://example.org/",
        "http://me:secret@example.org/a.txt",
        "http:///a.txt",
        "https://example.org/a b",
        "http://example.org:port/",
    ],
)
def test_what_is_not_fetched_is_refused_before_anything_is_asked(address: str) -> None:
    assert is_address(address)
    with pytest.raises(UsageError) as caught:
        open_address(address, offline=False)
    assert "\n" not in str(caught.value)


def test_offline_nothing_is_fetched(site: str) -> None:
    with pytest.raises(OfflineError, match="may not be used") as caught:
        open_address(site + "/data", offline=True)
    assert caught.value.exit_code == 6


@pytest.mark.parametrize("path", ["a.txt", "/tmp/a", "C:\\a.txt", "C:/a.txt", "a:b", "-", "x//y"])
def test_a_path_is_no_address(path: str) -> None:
    assert not is_address(path)


def test_no_address_among_several_files(tmp_path: Any) -> None:
    from infinidoc.library import Library

    with (
        Library(tmp_path / "library.db") as library,
        pytest.raises(InfinidocError, match="no addresses"),
    ):
        library.ingest([tmp_path / "a.txt", "https://example.org/a.txt"])
