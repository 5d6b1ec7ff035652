"""EPUB: a zip file with a reading order, its spine; each file in it is a page here, or several.

Page numbers of a book on a screen depend on the screen, so chapters are what is cited. A file
that cannot be read is a page without text and is named, and makes the reading partial.
"""

from __future__ import annotations

import posixpath
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from urllib.parse import unquote

from infinidoc.errors import SourceError
from infinidoc.reading.chapters import BookFile
from infinidoc.reading.contents import Entry, chapters_in
from infinidoc.reading.document import FileSource, Page
from infinidoc.reading.encoding import NotText, decode
from infinidoc.reading.file import DAMAGED_ZIP, File
from infinidoc.reading.parsing import labels, parse
from infinidoc.text.titles import titles_in

LARGEST_CHAPTER = 64 << 20  # bytes: a zip bomb is no book
_CONTAINER, _LOCKS = "META-INF/container.xml", "META-INF/encryption.xml"
_LOCKED = "encrypted (copy protection)"
_NCX = "application/x-dtbncx+xml"
_NO_WORDS = ("image/", "audio/", "video/", "font/")  # media types of what has no text

Tag = tuple[str, Mapping[str, str | None]]


@dataclass(frozen=True)
class _Chapter:
    """An entry of the spine: a file in the book, or why there is none."""

    file: str
    problem: str | None = None
    words: bool = True


class EpubSource(FileSource):
    """An EPUB book: its chapters are those of its contents, else the files of its spine."""

    kind = "epub"

    def __init__(self, file: File) -> None:
        super().__init__(file)
        try:
            with zipfile.ZipFile(self.path) as archive:
                book = _Book(archive)
                self._chapters = list(book.chapters())
                self._contents = book.contents()
                self.size = book.size(self._chapters)
                self.warnings += book.notes
        except DAMAGED_ZIP as error:
            what = "damaged, or no EPUB at all"
            raise SourceError(what, where=self.path, hint="get the file again") from error

    def pages(self, start: int = 1) -> Iterator[Page]:
        number, blank, problems = 0, True, []
        with zipfile.ZipFile(self.path) as archive:
            for page in self._all_pages(_Book(archive)):
                number += 1
                blank = blank and not page.text
                problems += [page.problem] if page.problem else []
                if number >= start:
                    yield replace(page, number=number)
        if blank and any(chapter.problem == _LOCKED for chapter in self._chapters):
            hint = "only books without copy protection can be read"
            raise SourceError("encrypted", where=self.path, hint=hint)
        if blank:
            what = "no chapter has any text" + (f": {problems[0]}" if problems else "")
            raise SourceError(what, where=self.path)

    def _all_pages(self, book: _Book) -> Iterator[Page]:
        """The pages of file after file, none numbered."""
        before = None  # the chapter of the contents that goes on
        for number, chapter in enumerate(self._chapters, 1):
            entries = self._contents.get(chapter.file, [])
            name = entries[0].name if entries else None
            file, problem = self._read(book, chapter, number)
            if file is None:
                yield Page(1, "", problem=problem)
                begins = {0: entries[-1].name} if entries else {}
            else:
                begins = file.divided(entries) if self._divided else file.undivided(name)
                for page in file.pages(begins, before):
                    yield Page(1, page.text, title=page.title, chapter=page.chapter)
            if self._divided and begins:
                before = titles_in(begins[max(begins)])[-1]

    def _read(
        self, book: _Book, chapter: _Chapter, number: int
    ) -> tuple[BookFile | None, str | None]:
        """A file, or why it cannot be read; neither for one that is an image."""
        if chapter.problem:
            return None, chapter.problem
        if not chapter.words:
            self._warn(f"chapter {number} has no text (an image?)")
            return None, None
        try:
            markup, notes = book.markup(chapter.file)
        except _Unreadable as error:
            return None, f"{chapter.file}: {error}"
        file = BookFile(markup)
        for note in notes:
            self._warn(f"chapter {number}: {note}")
        if not file.seen.text or file.seen.images:
            self._warn(f"chapter {number} has no text (a cover or an image?)")
        return file, None

    @cached_property
    def _divided(self) -> bool:
        """Whether the contents divide the book: one entry says no more than that it begins."""
        return sum(len(self._contents.get(chapter.file, [])) for chapter in self._chapters) > 1

    def _warn(self, warning: str) -> None:
        if warning not in self.warnings:
            self.warnings.append(warning)


class _Unreadable(Exception):
    """A file of the book that cannot be read, and why."""


class _Book:
    """The files of a book by name; names that differ only in case or slashes are the same."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self.archive = archive
        self.files = {_key(info.filename): info for info in archive.infolist()}
        self.notes: list[str] = []

    def find(self, folder: str, reference: str) -> str | None:
        """The file that `reference` names in `folder`; percent escapes may be none."""
        plain = reference.partition("#")[0].replace("\\", "/")
        for name in (unquote(plain), plain):
            path = posixpath.normpath(posixpath.join("/", folder, name)).lstrip("/")
            for candidate in (path, name.lstrip("/")):
                if info := self.files.get(_key(candidate)):
                    return info.filename
        return None

    def size(self, chapters: Iterable[_Chapter]) -> int:
        """How many bytes files have that are packed in the book."""
        return sum(self.files[_key(each.file)].file_size for each in chapters if each.file)

    def markup(self, name: str) -> tuple[str, list[str]]:
        """The text of a file and what is to be said of its encoding. Raises _Unreadable."""
        info = self.files[_key(name)]
        if info.file_size > LARGEST_CHAPTER:
            raise _Unreadable("too large to be a chapter, not read")
        try:
            data = self.archive.read(info)
            decoded = decode(data, labels(data))
        except NotText as error:
            raise _Unreadable("no text in it") from error
        except DAMAGED_ZIP as error:
            raise _Unreadable("damaged, could not be read") from error
        return decoded.text, decoded.notes

    def tags(self, name: str) -> list[Tag]:
        """The elements of an XML file, in order, by local names; [] if it cannot be read."""
        try:
            markup, _ = self.markup(name)
        except _Unreadable as error:
            self.notes.append(f"{name}: {error}")
            return []
        return parse(markup, _Tags, xml=True).found

    def package(self) -> str:
        """The package document: what the container names, else the only one there is."""
        container = self.files.get(_key(_CONTAINER))
        named = self.tags(container.filename) if container else []
        for tag, attributes in named:
            if tag == "rootfile" and (path := self.find("", attributes.get("full-path") or "")):
                return path
        packages = [name for name in self.archive.namelist() if name.lower().endswith(".opf")]
        if not packages:
            raise zipfile.BadZipFile("no package document")
        return packages[0]

    def locked(self) -> set[str]:
        """The files that are encrypted."""
        if _key(_LOCKS) not in self.files:
            return set()
        tags = self.tags(self.files[_key(_LOCKS)].filename)
        named = [attributes.get("uri") for tag, attributes in tags if tag == "cipherreference"]
        return {path for name in named if name and (path := self.find("", name))}

    def chapters(self) -> Iterator[_Chapter]:
        """The spine in reading order; entries without a file, too; a file at its first place.

        Without a spine, the files with text as they are listed. Raises BadZipFile without a
        list.
        """
        package = self.package()
        folder, tags, locked = posixpath.dirname(package), self.tags(package), self.locked()
        items = {(found.get("id") or "").strip(): found for tag, found in tags if tag == "item"}
        if not items:
            raise zipfile.BadZipFile(package)
        spine = [(entry.get("idref") or "").strip() for tag, entry in tags if tag == "itemref"]
        if not spine:
            self.notes.append("the book does not say in which order it is read")
            spine = [name for name, item in items.items() if _is_text(item)]
        seen: set[str] = set()
        for entry in spine:
            chapter = self._chapter(folder, entry, items, locked)
            if not chapter.file or chapter.file not in seen:
                yield chapter
            seen.add(chapter.file)

    def contents(self) -> dict[str, list[Entry]]:
        """The chapters that the table of contents (navigation, else NCX) has in each file."""
        package = self.package()
        folder = posixpath.dirname(package)
        items = [found for tag, found in self.tags(package) if tag == "item"]
        tables = [item for item in items if "nav" in (item.get("properties") or "").split()]
        tables += [item for item in items if item.get("media-type") == _NCX]
        for item in tables:
            table = self.find(folder, item.get("href") or "")
            if table and (named := self._named(table)):
                return named
        return {}

    def _named(self, table: str) -> dict[str, list[Entry]]:
        try:
            markup, _ = self.markup(table)
        except _Unreadable as error:
            self.notes.append(f"{table}: {error}")
            return {}
        folder = posixpath.dirname(table)
        return chapters_in(markup, lambda href: self.find(folder, href))

    def _chapter(
        self, folder: str, entry: str, items: dict[str, Mapping[str, str | None]], locked: set[str]
    ) -> _Chapter:
        item = _readable(items, entry)
        if item is None:
            return _Chapter("", f"the spine names {entry!r}, which is not in the manifest")
        reference = item.get("href") or ""
        file = self.find(folder, reference) if reference else None
        if file is None:
            return _Chapter("", f"{reference or entry!r} is missing from the book")
        words = not (item.get("media-type") or "").startswith(_NO_WORDS)
        svg = item.get("media-type") == "image/svg+xml"
        return _Chapter(file, _LOCKED if file in locked else None, words or svg)


def _readable(
    items: dict[str, Mapping[str, str | None]], entry: str
) -> Mapping[str, str | None] | None:
    """The item of an entry, or the one with words that it names as its fallback."""
    item, seen = items.get(entry), {entry}
    while item and (item.get("media-type") or "").startswith(_NO_WORDS):
        fallback = (item.get("fallback") or "").strip()
        if fallback in seen or fallback not in items:
            break
        seen.add(fallback)
        item = items[fallback]
    return item


class _Tags:
    """Collects the elements of an XML file; names in lower case."""

    def __init__(self) -> None:
        self.found: list[Tag] = []

    def start(self, tag: str, attributes: Mapping[str, str | None]) -> None:
        lowered = {name.rpartition(":")[2].lower(): value for name, value in attributes.items()}
        self.found.append((tag.lower(), lowered))

    def end(self, tag: str) -> None:
        """Only beginnings count."""

    def data(self, text: str) -> None:
        """Only elements count."""


def _is_text(item: Mapping[str, str | None]) -> bool:
    kinds = ("application/xhtml+xml", "text/html", "application/x-dtbook+xml")
    navigation = "nav" in (item.get("properties") or "").split()
    return item.get("media-type") in kinds and not navigation


def _key(name: str) -> str:
    return posixpath.normpath(name.replace("\\", "/")).lstrip("/").casefold()
