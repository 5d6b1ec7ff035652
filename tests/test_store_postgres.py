"""A library on a server does what a file does: the same tests, a real PostgreSQL."""

from __future__ import annotations

import random
import sqlite3
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlite_utils import Database

from infinidoc.errors import Busy, LibraryError, UsageError
from infinidoc.store import Store, add_vectors, likeness
from infinidoc.store.migrations import migrations
from infinidoc.store.replies import add_reply, replies
from infinidoc.store.routing import likely_documents
from infinidoc.store.verify import verify
from tests.servers import postgres, postgres_server  # noqa: F401
from tests.test_routing import add
from tests.test_store import (  # noqa: F401
    MEMORY,
    fill,
    test_a_page_by_number_label_or_chapter,
    test_all_or_nothing,
    test_export_and_import_carry_everything,
    test_importing_something_else,
    test_names_are_unique_and_near_ones_are_offered,
    test_no_such_page,
    test_removing_leaves_nothing,
    test_search_finds_stems_and_ends_at_a_page,
    test_truncating_forgets_what_lies_beyond,
    test_what_goes_in_comes_out,
)
from tests.test_store_search import (  # noqa: F401
    test_a_library_of_thousands_of_documents,
    test_a_passage_of_very_many_words,
    test_documents_that_are_asked_together_are_counted_together,
    test_each_document_has_its_own_last_page,
    test_hits_say_where_they_stand_best_first,
    test_passages_of_some_pages,
    test_syntax_is_only_text,
    test_what_is_found_does_not_depend_on_what_comes_after_the_last_page,
    test_what_is_found_in_a_document_does_not_depend_on_others,
)
from tests.test_store_shared import (  # noqa: F401
    test_a_copy_is_exported_whole,
    test_whoever_is_removed_the_others_stay_whole,
    test_whoever_reads_on_the_others_stay_as_they_were,
)

Outcome = Callable[..., None]


@pytest.fixture
def store(postgres: str) -> Iterator[Store]:  # noqa: F811
    with Store(postgres) as store:
        yield store


def alter(store: Store, sql: str) -> None:
    store.backend.run(sql)


def test_tables_have_the_columns_of_a_file(store: Store) -> None:
    file = Store(None)
    for table in file.db.table_names():
        if "fts" not in table and not table.startswith("_"):
            assert set(store.backend.columns(table)) == set(file.backend.columns(table)), table
    latest = "a migration of the file has one here, too: infinidoc/store/postgres/schema.py"
    assert len(list(migrations.pending(Database(memory=True)))) == 6, latest


@pytest.mark.parametrize("text", ["\0", "a\0b", "\x10", "\x100", "\x10\x10\0", "é\0🙂\udcff"])
def test_no_character_is_lost(store: Store, text: str) -> None:
    document = fill(store)
    row = {"page": 3, "start": 90, "end": 99, "line": None, "text": text}
    store.add_passages(document, [row])
    store.update_document(document, name=f"tale {text}", warnings=[text])
    meant = text.replace("\udcff", "\ufffd")
    assert store.passages(document)[-1]["text"] == meant
    assert store.document(f"tale {text}")["warnings"] == [text]
    assert store.documents()[0]["name"] == f"tale {meant}"


WORDS = """the a of captain's captains hide hides hidden file_name file name U.S.A. 3.14 don't
Straße strasse naïve ﬁne मानचित्र 北京大学 map maps MAP""".split()
QUESTIONS = [
    "map",
    "hidden captain",
    "file_name",
    "what don't the captains hide at 3.14?",
    "of the",
]


def passages(seed: int) -> list[str]:
    chosen = random.Random(seed)
    long = "x" * 3000
    return [" ".join(chosen.choices([*WORDS, long], k=chosen.randint(1, 40))) for _ in range(30)]


@pytest.mark.parametrize("question", [*QUESTIONS, "मानचित्र 北京大学 strasse", "x" * 3000])
def test_scores_are_those_of_a_file(store: Store, question: str) -> None:
    file = Store(None)
    for seed in range(3):
        for library in (file, store):
            add(library, f"document {seed}", passages(seed))
    for library in (file, store):
        library.remove(2)
    last = {"limit": 50, "until": {1: 1}}
    assert file.search([1, 3], question, limit=50) != []
    assert store.search([1, 3], question, limit=50) == file.search([1, 3], question, limit=50)
    assert store.search([1], question, **last) == file.search([1], question, **last)  # type: ignore[arg-type]
    assert store.matching(1, question) == file.matching(1, question)
    for telling in (0, 5, 10_000):
        likely = likely_documents(file, question, telling=telling)
        assert likely_documents(store, question, telling=telling) == likely
    assert list(verify(store)) == []


def test_passages_are_neighbours_by_their_ids(store: Store) -> None:
    first, second = fill(store), fill(store, "second")

    def fail() -> None:
        with store.atomic():
            fill(store, "third")
            raise OSError("the disk")

    with pytest.raises(OSError, match="the disk"):
        fail()
    store.remove(second)
    row = {"page": 3, "start": 200, "end": 204, "line": None, "text": "more"}
    store.add_passages(first, [row])
    ids = [row["id"] for row in store._rows("select id from passages order by start")]
    assert ids == [1, 2, 3, 4]


def test_what_is_kept_beside_the_text(store: Store) -> None:
    np = pytest.importorskip("numpy")
    document = fill(store)
    store.save_summary(document, "key", {"a": 1})
    store.save_summary(document, "key", {"a": "\0"})
    assert store.summary(document, "key") == {"a": "\0"}
    reply = {"question": "q", "answer": "a", "kind": "k", "page": 1, "start": 0, "end": 1}
    add_reply(store, document, {**reply, "given": "g", "grade": "right", "asked": "2026"})
    assert [row["given"] for row in replies(store, document)] == ["g"]
    for _ in range(2):
        add_vectors(store, document, "e", [(0, np.ones(4, np.float32))])
    assert likeness(store, [document], "e", np.ones(4, np.float32)) == {(document, 0): 4.0}
    assert list(verify(store)) == []


def test_one_writer_for_each_document(store: Store, postgres: str) -> None:  # noqa: F811
    with Store(postgres) as other, store.lock("tale"), other.lock("another"):
        for library in (other, store):
            with pytest.raises(Busy), library.lock("tale"):
                pass
    with Store(postgres) as other, other.lock("tale"):
        pass


def test_a_process_that_dies_holds_no_lock(store: Store, postgres: str) -> None:  # noqa: F811
    other = Store(postgres)
    held = other.lock("tale")
    held.__enter__()
    with pytest.raises(Busy), store.lock("tale"):
        pass
    other.close()
    for _ in range(50):  # the server notices soon
        try:
            with store.lock("tale"):
                return
        except Busy:
            time.sleep(0.1)
    pytest.fail("the lock is still held")


def test_a_writer_waits_for_its_turn_and_sees_what_the_last_one_wrote(
    store: Store,
    postgres: str,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from infinidoc.store.postgres import backend

    monkeypatch.setattr(backend, "BUSY_SECONDS", 0.2)
    with Store(postgres) as other:
        with store.atomic():
            fill(store)
            with pytest.raises(LibraryError, match="in use by another process"):
                fill(other, "second")
            assert other.documents() == []
        assert other.unique_name("tale") == "tale-2"


def test_what_is_read_is_of_one_moment(store: Store, postgres: str) -> None:  # noqa: F811
    document = fill(store)
    with Store(postgres) as other:
        with store.one_state():
            pages = store.pages(document)
            first = next(pages)
            other.remove(document)
            assert [first["number"], *(page["number"] for page in pages)] == [1, 2, 3]
            assert store.document("tale")["id"] == document
        assert store.documents() == []


def test_pages_can_be_read_while_others_are_written(store: Store) -> None:
    document = fill(store)
    for page in store.pages(document):
        store.update_document(document, pages=page["number"])
        if page["number"] == 2:
            break
    assert store.document(document)["pages"] == 2


@pytest.mark.parametrize(
    ("sql", "line"),
    [
        ("update memories set blob = 'x'", "tale: memories current: damaged"),
        ("update pages set text = 'x' where number = 2", "page 2"),
        ("update segments set tokens = 9 where number = 1", "segments: 1 rows are not"),
        ("delete from words where word = 'map'", "index disagrees"),
        ("update words set count = 3 where word = 'map'", "index disagrees"),
        ("update totals set words = 1", "index disagrees"),
        ("create view v as select text from pages", "not as they were made"),
        ("alter table parts add column more text", "not as they were made"),
        ("drop trigger memories_handed_on on memories", "not as they were made"),
        ("drop index pages_start", "not as they were made"),
    ],
)
def test_what_is_changed_is_found(store: Store, sql: str, line: str) -> None:
    fill(store)
    assert list(verify(store)) == []
    alter(store, sql)
    assert any(line in found for found in verify(store))
    assert store._rows("select 1 from pg_namespace where nspname like '%as_made'") == []


def test_a_newer_library_is_refused(store: Store, postgres: str) -> None:  # noqa: F811
    alter(store, "insert into migrations values ('m999_future')")
    with pytest.raises(LibraryError, match="newer"):
        Store(postgres)


def test_a_schema_of_somebody_else_is_refused(
    store: Store,
    postgres_server: str,  # noqa: F811
) -> None:
    alter(store, "create schema if not exists songs")
    alter(store, "create table if not exists songs.songs (title text)")
    with pytest.raises(LibraryError, match="no infinidoc library"):
        Store(f"{postgres_server}&schema=songs")


def test_a_user_that_may_only_read(store: Store, postgres: str) -> None:  # noqa: F811
    document = fill(store)
    schema = postgres.rpartition("=")[2]
    for sql in (
        f"create role {schema}_reader login",
        f"grant usage on schema {schema} to {schema}_reader",
        f"grant select on all tables in schema {schema} to {schema}_reader",
    ):
        alter(store, sql)
    with Store(postgres.replace("postgres@", f"{schema}_reader@")) as reader:
        assert reader.is_read_only
        assert reader.search([document], "map", limit=1)[0]["page"] == 2
        assert reader.memory(document, "current") is not None
        reader.save_summary(document, "key", {})
        assert list(verify(reader)) == []
        with pytest.raises(LibraryError, match="cannot be written to"):
            reader.remove(document)
    assert store.documents()[0]["id"] == document


def test_a_user_that_owns_no_more_than_a_schema(store: Store, postgres_server: str) -> None:  # noqa: F811
    alter(store, "create role owner_of_one login")
    alter(store, "create schema of_one authorization owner_of_one")
    address = postgres_server.replace("postgres@", "owner_of_one@")
    with Store(f"{address}&schema=of_one") as own:
        fill(own)
        assert list(verify(own)) == []
    with pytest.raises(LibraryError, match="cannot be written to"):
        Store(f"{address}&schema=not_there")


def test_a_server_that_is_not_there(tmp_path: Path) -> None:
    pytest.importorskip("psycopg")
    address = f"postgresql://me:secret@/books?host={tmp_path}"
    with pytest.raises(LibraryError, match="cannot be reached") as caught:
        Store(address)
    assert "secret" not in str(caught.value)
    with pytest.raises(UsageError, match="no address") as told:
        Store("postgresql://me:secret@host:port/books?nothing=1")
    assert "secret" not in str(told.value)


def test_a_database_or_a_user_that_is_not_there(postgres_server: str) -> None:  # noqa: F811
    with pytest.raises(LibraryError, match="no such database"):
        Store(postgres_server.replace("/postgres?", "/nowhere?"))
    with pytest.raises(LibraryError, match="refuses the user"):
        Store(postgres_server.replace("postgres@", "nobody_here@"))


def test_a_server_that_goes_away(store: Store, postgres: str) -> None:  # noqa: F811
    document = fill(store)
    with Store(postgres) as other:
        sql = "select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid()"
        other._rows(sql)
    with pytest.raises(LibraryError, match="cannot be reached"):
        store.save_memory(document, "closing", {}, MEMORY)
    assert store.documents()[0]["id"] == document, "connected anew"
    assert store.search([document], "map", limit=1)[0]["page"] == 2
    with Store(postgres) as again:
        assert again.memory(document, "closing") is None
        assert list(verify(again)) == []


def test_what_was_begun_does_not_go_on_over_another_connection(
    store: Store,
    postgres: str,  # noqa: F811
) -> None:
    def fail() -> None:
        with store.atomic():
            fill(store)
            with Store(postgres) as other:
                other._rows(
                    "select pg_terminate_backend(pid) from pg_stat_activity"
                    " where pid <> pg_backend_pid()"
                )
            fill(store, "second")

    with pytest.raises(LibraryError, match="cannot be reached"):
        fail()
    assert store.documents() == []
    with store.lock("tale"):
        with Store(postgres) as other:
            other._rows(
                "select pg_terminate_backend(pid) from pg_stat_activity"
                " where pid <> pg_backend_pid()"
            )
        for _ in range(2):
            with pytest.raises(LibraryError, match="cannot be reached"):
                store.documents()
    assert store.documents() == []


def test_a_file_is_no_server() -> None:
    assert not hasattr(Store(None).backend, "connection")
    assert isinstance(Store(None).db.conn, sqlite3.Connection)


def test_many_processes_make_one_library(postgres: str) -> None:  # noqa: F811
    from concurrent.futures import ThreadPoolExecutor

    def made(_: int) -> list[str]:
        with Store(postgres) as store:
            return list(verify(store))

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(made, range(8))) == [[]] * 8
