"""Reads a source into the library: pages, tokens, segments, memory, committed together.

One transaction every few seconds holds the pages, passages and segments read since the
last one, the memory after them, and what is needed to go on: the tokens of the unfinished
block and the place in the text. Killed at any moment, the same command goes on from there
and ends with the same memory, bit for bit.

Text may be ahead of the memory: pages that `keep_page` wrote are read from the store first.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from infinidoc.bookmark import beginning, checked
from infinidoc.errors import LibraryError, MismatchError, ModelError
from infinidoc.labels import place
from infinidoc.language import LanguageModel
from infinidoc.page_rows import page_rows, passage_vectors, save_vectors
from infinidoc.reading import Page, Source
from infinidoc.reading.secrets import secrets_in
from infinidoc.segments import Block, BlockCutter, Token
from infinidoc.snapshot import pack, unpack
from infinidoc.store import Store
from infinidoc.text.titles import titles_in

if TYPE_CHECKING:
    from infinidoc.memory import Memory

COMMIT_SECONDS = 15.0  # saving takes 0.2 s
SNAPSHOTS = 64  # at most; when there are more, every second one goes and the step doubles
WARNINGS = 50  # of likely keys and passwords: whoever has more has been warned
LINE = "\n"
SECRET = ": this looks like "  # in warnings of them
SNAPSHOT_TOKENS = 4096  # the step at the beginning
CURRENT, CLOSING = "current", "closing"


@dataclass(frozen=True)
class Progress:
    """Where an ingest stands; `fraction` of the source that has been read, if known."""

    pages: int
    tokens: int
    fraction: float | None
    memory_bytes: int
    tokens_per_second: float


@dataclass
class _Pending:
    """What was read since the last commit."""

    pages: list[dict[str, Any]] = field(default_factory=list)
    passages: list[dict[str, Any]] = field(default_factory=list)
    segments: list[dict[str, Any]] = field(default_factory=list)
    snapshots: list[dict[str, Any]] = field(default_factory=list)
    vectors: list[tuple[int, Any]] = field(default_factory=list)

    def clear(self) -> None:
        for rows in (self.pages, self.passages, self.segments, self.snapshots, self.vectors):
            rows.clear()


class Ingestion:
    """One reading of one source into one document of the library."""

    def __init__(
        self,
        store: Store,
        language: LanguageModel,
        document: int,
        source: Source,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.store, self.language, self.clock = store, language, clock
        self.document, self.source = document, source
        self.notes: list[str] = []
        self.pending = _Pending()
        self._restore()

    # -- where it stands -------------------------------------------------------------------

    def _restore(self) -> None:
        """Begin, or go on from what the last commit left."""
        saved = self.store.memory(self.document, CURRENT)
        row = self.store.document(self.document)
        config = self.language.config
        self.resumed = saved is not None
        if saved is None:
            self.memory, header = self.language.empty_memory(), beginning(SNAPSHOT_TOKENS)
        else:
            self.memory, header = _unpacked(saved[1], self.language)
        self.cutter = BlockCutter(
            config.segment,
            self.language.segments_per_block,
            tokens_seen=self.memory.tokens_seen,
            at=header["at"],
        )
        self.cutter.tail = [(token, end) for token, end in header["tail"]]
        self.encoded: int = header["encoded"]  # characters the tokenizer has finished with
        self.pages: int = header["pages"]
        self.characters: int = header["characters"]
        self.first_page: int = header["first_page"]  # of the part being read, less one
        self.snapshot_step: int = header["snapshot_step"]
        self.next_snapshot: int = header["next_snapshot"]
        self.title: str | None = header["title"]
        self.problems: list[str] = header["problems"]
        self.chapter_starts: list[int] = header["chapter_starts"]
        self.page_ends: list[list[int]] = header["page_ends"]  # of pages not yet in the memory
        self.page_passed: int = header["page_passed"]  # the last page that is
        for page in self.store.pages_light(self.document, after=self.pages):
            self._pass_by(page)
        segments = self.memory.segments_seen
        self.store.truncate(
            self.document,
            segments=segments,
            tokens=self.memory.tokens_seen,
            characters=self.characters,
            pages=self.pages,
        )
        self.warnings: list[str] = list(row["warnings"])

    def _header(self) -> dict[str, Any]:
        return {
            "identity": self.language.identity,
            "tail": self.cutter.tail,
            "at": self.cutter.at,
            "encoded": self.encoded,
            "pages": self.pages,
            "characters": self.characters,
            "first_page": self.first_page,
            "snapshot_step": self.snapshot_step,
            "next_snapshot": self.next_snapshot,
            "title": self.title,
            "problems": self.problems,
            "chapter_starts": self.chapter_starts,
            "page_ends": self.page_ends,
            "page_passed": self.page_passed,
        }

    # -- reading ---------------------------------------------------------------------------

    def run(self, *, to_end: bool = True) -> Iterator[Progress]:
        """Read to the end, yielding after every block; ends with everything committed.

        One that was resumed yields where it stands before its first block. Not `to_end`, the
        unfinished block is left for another time.
        """
        self.started = self.clock()
        self.committed = self.started
        if to_end:  # there may be much to read: its first block is safe at once
            self.committed -= COMMIT_SECONDS
        self.tokens_before = self.cutter.tokens_seen
        if self.resumed:
            yield self.progress()
        for block in self._blocks():
            self.memory = self._read(block)
            self._after(block)
            if self.clock() - self.committed >= COMMIT_SECONDS:
                self.commit()
            yield self.progress()
        if to_end:
            self.finish()
        elif self.cutter.tokens_seen > self.tokens_before:
            self._close(None, self.cutter.at)
        yield self.progress(done=to_end)

    def _read(self, block: Block) -> Memory:
        """The memory after `block`."""
        memory, note = self.language.read(self.memory, block)
        if note:
            self.notes.append(note)
        if not memory.is_finite:
            number = block.segments[0].number
            what = f"the memory stopped being numbers in segment {number} or soon after"
            hint = "what was read before is kept; infinidoc verify --deep checks the model"
            raise ModelError(what, hint=hint)
        return memory

    def _blocks(self) -> Iterator[Block]:
        self.stream = self.language.tokenizer.stream()
        self.stream_start = self.encoded
        if self.encoded < self.characters:  # text that was read but not yet encoded
            text = self.store.text(self.document, self.encoded, self.characters)
            yield from self._cut(self._tokens(text))
        pages = self.source.pages(self.pages - self.first_page + 1)
        for page in self.language.profile.each("read", pages):
            self._note(page)
            yield from self._cut(self._tokens(page.text))

    def _tokens(self, text: str) -> list[tuple[int, int]]:
        with self.language.profile.part("tokenize"):
            return self.stream.feed(text)

    def _cut(self, tokens: Iterable[tuple[int, int]]) -> Iterator[Block]:
        """Place the stream's tokens in the document and cut the blocks they complete."""
        placed = self._placed(tokens)
        if placed:
            self.encoded = placed[-1][1]
        yield from self.cutter.feed(placed)

    def _placed(self, tokens: Iterable[tuple[int, int]]) -> list[Token]:
        return [(token, self.stream_start + end) for token, end in tokens]

    def _note(self, page: Page) -> None:
        """Write down a page and its passages for the next commit."""
        number, start = self.first_page + page.number, self.characters
        with self.language.profile.part("passages"):
            row, passages = page_rows(page, number, start)
            self.pending.vectors += passage_vectors(self.language, passages)
        self.pending.pages.append(row)
        self.pending.passages += passages
        if page.problem:
            self.problems.append(f"{_place(page)}: {page.problem}")
        self._warn_of_secrets(page)
        self._pass_by(row)

    def _warn_of_secrets(self, page: Page) -> None:
        """The library will hold them, and an answer may quote them."""
        for kind, at in secrets_in(page.text):
            line = "" if page.line is None else f", line {page.line + page.text.count(LINE, 0, at)}"
            warning = f"{_place(page)}{line}{SECRET}{kind}"
            if warning not in self.warnings and len(self.warnings) < WARNINGS:
                self.warnings.append(warning)

    def _pass_by(self, page: dict[str, Any]) -> None:
        """What a page changes of where the text stands."""
        self.pages, self.characters = page["number"], page["end"]
        if page["chapter"] and page["start"]:
            self.chapter_starts.append(page["start"])
        if page["title"]:
            self.title = titles_in(page["title"])[-1]
        self.page_ends.append([self.pages, self.characters])

    # -- after a block ---------------------------------------------------------------------

    def _after(self, block: Block) -> None:
        self._note_segments(block)
        while self.page_ends and self.page_ends[0][1] <= block.end:
            self.page_passed = self.page_ends.pop(0)[0]
        chapter_passed = False
        while self.chapter_starts and self.chapter_starts[0] <= block.end:
            self.chapter_starts.pop(0)
            chapter_passed = True
        if chapter_passed or self.memory.tokens_seen >= self.next_snapshot:
            self._snapshot(block.end)
            self.next_snapshot = self.memory.tokens_seen + self.snapshot_step

    def _note_segments(self, block: Block) -> None:
        self.pending.segments += [
            {
                "number": segment.number,
                "token_start": segment.token_start,
                "tokens": len(segment.ids),
                "start": segment.start,
                "end": segment.end,
            }
            for segment in block.segments
        ]

    def _snapshot(self, at: int) -> None:
        """Keep the memory as it is here, to read again with, and for questions "as of page N"."""
        header = {"identity": self.language.identity, "at": at}
        sums = self.language.settled(self.memory).sums()
        self.pending.snapshots.append(
            {
                "tokens": self.memory.tokens_seen,
                "page": self.page_passed,
                "title": self.title,
                "header": header,
                "blob": self._packed(sums, header),
            }
        )

    def _packed(self, memory: Memory, header: dict[str, Any]) -> bytes:
        with self.language.profile.part("memory"):
            return pack(memory, header)

    def _digest(self, memory: Memory) -> str:
        with self.language.profile.part("memory"):
            return memory.digest()

    def commit(self) -> None:
        """Everything since the last commit, in one transaction."""
        with self.language.profile.part("store"), self.store.atomic():
            self._save_rows()
            header = self._header()
            self.store.save_memory(
                self.document, CURRENT, header, self._packed(self.memory, header)
            )
            self.store.update_document(
                self.document,
                pages=self.pages,
                characters=self.characters,
                tokens=self.cutter.tokens_seen,
                segments=self.memory.segments_seen,
                memory_bytes=self.memory.nbytes,
                memory_sha256=self._digest(self.memory),
                warnings=self.warnings,
            )
        self.pending.clear()
        self.committed = self.clock()

    def _save_rows(self) -> None:
        self.store.add_pages(self.document, self.pending.pages)
        self.store.add_passages(self.document, self.pending.passages)
        self.store.add_segments(self.document, self.pending.segments)
        save_vectors(self.store, self.language, self.document, self.pending.vectors)
        for row in self.pending.snapshots:
            self.store.add_snapshot(self.document, **row)
        if len(self.store.snapshots(self.document)) > SNAPSHOTS:
            self.store.thin_snapshots(self.document)
            self.snapshot_step *= 2

    def finish(self) -> None:
        """The end of the source: read the unfinished block into a closing memory.

        The memory to go on from stays at the last block border with its tail of tokens, so
        that appending gives what reading everything at once would have given.
        """
        rest = self.cutter.close(self._placed(self.stream.flush()))
        self._close(rest, self.characters)

    def _close(self, block: Block | None, at: int) -> None:
        """Commit, with a closing memory of the text to `at`, `block` being its last."""
        closing = self.memory
        if block is not None:
            self._note_segments(block)
            closing = self._read(block)
        closing = self.language.settled(closing)
        with self.language.profile.part("store"), self.store.atomic():
            self.commit()
            header = {"identity": self.language.identity, "at": at}
            saved = self._packed(self.language.without_sums_of_kept(closing), header)
            self.store.save_memory(self.document, CLOSING, header, saved)
            self.tokens, self.segments = closing.tokens_seen, closing.segments_seen
            self.memory_bytes, self.sha256 = closing.nbytes, self._digest(closing)
            self._close_document()

    def _close_document(self) -> None:
        """The document's row now says what was read, and what was not."""
        found = [*self.problems, *self.source.warnings, *self.notes]
        self.warnings += [warning for warning in found if warning not in self.warnings]
        self.store.update_document(
            self.document,
            status="partial" if self.problems else "complete",
            tokens=self.tokens,
            segments=self.segments,
            memory_bytes=self.memory_bytes,
            memory_sha256=self.sha256,
            warnings=self.warnings,
        )

    def progress(self, done: bool = False) -> Progress:
        tokens = self.tokens if done else self.cutter.tokens_seen
        seconds = max(self.clock() - self.started, 1e-9)
        return Progress(
            pages=self.pages,
            tokens=tokens,
            fraction=1.0 if done else self._fraction(),
            memory_bytes=self.memory.nbytes,
            tokens_per_second=(tokens - self.tokens_before) / seconds,
        )

    def _fraction(self) -> float | None:
        """Pages if their number is known, else characters against bytes: a good guess."""
        read = self.pages - self.first_page
        if self.source.page_count:
            return min(read / self.source.page_count, 1.0)
        if not self.source.size:
            return None
        return min(self.cutter.at / max(self.source.size, 1), 1.0)


def _place(page: Page) -> str:
    """Where a page stands, for who looks for what is missing."""
    return place(page.number, page.label, page.path, page.line if page.label else None)


def begin_part(store: Store, language: LanguageModel, document: int) -> None:
    """Make a finished document ready for another source to be read behind it."""
    saved = store.memory(document, CURRENT)
    if saved is None:
        raise LibraryError("this document has no memory to go on from", hint="ingest it again")
    memory, header = _unpacked(saved[1], language)
    row = store.document(document)
    if row["status"] == "reading":
        raise MismatchError("this document is not read to its end", hint="finish its ingest first")
    header |= {"first_page": row["pages"], "problems": []}
    store.save_memory(document, CURRENT, header, pack(memory, header))


def _unpacked(blob: bytes, language: LanguageModel) -> tuple[Memory, dict[str, Any]]:
    """A memory to go on from, and where its reading stands."""
    memory, header = unpack(blob, language.identity, language.empty_memory())
    return memory, checked(header, language.tokenizer.vocabulary_size)
