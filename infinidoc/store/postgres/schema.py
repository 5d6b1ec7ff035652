"""The schema of a library on a server, as numbered migrations: appended, never edited.

Tables and columns are those of the SQLite file (`store/migrations.py`); a test compares them.
What only this database needs is beside them: `words` and `totals` instead of FTS5's index,
and `passages.length`. Text is compared by its bytes.
"""

from __future__ import annotations

from typing import Any

_M001 = """
CREATE TABLE documents (
    id bigint PRIMARY KEY, name text NOT NULL UNIQUE, source text NOT NULL, kind text NOT NULL,
    source_sha256 text NOT NULL, identity text NOT NULL, status text NOT NULL,
    pages bigint NOT NULL, characters bigint NOT NULL, tokens bigint NOT NULL,
    segments bigint NOT NULL, memory_bytes bigint NOT NULL, memory_sha256 text,
    warnings text NOT NULL, created text NOT NULL, updated text NOT NULL,
    imported text, digest bytea
);
CREATE INDEX documents_source ON documents (source_sha256);
CREATE TABLE parts (
    document bigint NOT NULL REFERENCES documents ON DELETE CASCADE,
    ordinal bigint NOT NULL, source text NOT NULL, kind text NOT NULL, sha256 text NOT NULL,
    first_page bigint NOT NULL, start_character bigint NOT NULL, digest bytea,
    PRIMARY KEY (document, ordinal)
);
CREATE TABLE pages (
    document bigint NOT NULL REFERENCES documents ON DELETE CASCADE,
    number bigint NOT NULL, label text, title text, chapter bigint NOT NULL, path text,
    line bigint, start bigint NOT NULL, "end" bigint NOT NULL, text text NOT NULL,
    problem text, digest bytea,
    PRIMARY KEY (document, number)
);
CREATE INDEX pages_start ON pages (document, start);
CREATE TABLE segments (
    document bigint NOT NULL REFERENCES documents ON DELETE CASCADE,
    number bigint NOT NULL, token_start bigint NOT NULL, tokens bigint NOT NULL,
    start bigint NOT NULL, "end" bigint NOT NULL, digest bytea,
    PRIMARY KEY (document, number)
);
CREATE INDEX segments_start ON segments (document, start);
CREATE TABLE passages (
    id bigint PRIMARY KEY,
    document bigint NOT NULL REFERENCES documents ON DELETE CASCADE,
    page bigint NOT NULL, start bigint NOT NULL, "end" bigint NOT NULL, line bigint,
    text text NOT NULL, folded text, digest bytea, length integer NOT NULL
);
CREATE INDEX passages_page ON passages (document, page);
CREATE TABLE memories (
    document bigint NOT NULL REFERENCES documents ON DELETE CASCADE,
    role text NOT NULL, header text NOT NULL, blob bytea NOT NULL, sha256 text NOT NULL,
    digest bytea,
    PRIMARY KEY (document, role)
);
CREATE TABLE snapshots (
    document bigint NOT NULL REFERENCES documents ON DELETE CASCADE,
    tokens bigint NOT NULL, page bigint NOT NULL, title text, header text NOT NULL,
    blob bytea NOT NULL, sha256 text NOT NULL, digest bytea,
    PRIMARY KEY (document, tokens)
);
CREATE INDEX memories_sha256 ON memories (sha256);
CREATE INDEX snapshots_sha256 ON snapshots (sha256);
ALTER TABLE memories ALTER blob SET STORAGE EXTERNAL;
ALTER TABLE snapshots ALTER blob SET STORAGE EXTERNAL;
CREATE TABLE summaries (
    document bigint NOT NULL REFERENCES documents ON DELETE CASCADE,
    key text NOT NULL, value text NOT NULL, created text NOT NULL, digest bytea,
    PRIMARY KEY (document, key)
);
CREATE TABLE replies (
    id bigint PRIMARY KEY,
    document bigint NOT NULL REFERENCES documents ON DELETE CASCADE,
    question text NOT NULL, answer text NOT NULL, kind text NOT NULL, page bigint NOT NULL,
    start bigint NOT NULL, "end" bigint NOT NULL,
    given text NOT NULL, grade text NOT NULL, asked text NOT NULL, digest bytea
);
CREATE INDEX replies_document ON replies (document, asked);
CREATE TABLE vectors (
    document bigint NOT NULL REFERENCES documents ON DELETE CASCADE,
    start bigint NOT NULL, seeker text NOT NULL, vector bytea NOT NULL, digest bytea,
    PRIMARY KEY (document, start)
);
"""

# How often a word stands in a passage, and how many words that has: all that BM25 asks for.
_WORDS = """
CREATE TABLE words (
    word text NOT NULL, document bigint NOT NULL,
    passage bigint NOT NULL REFERENCES passages ON DELETE CASCADE,
    count integer NOT NULL, length integer NOT NULL,
    PRIMARY KEY (word, document, passage) INCLUDE (count, length)
);
CREATE INDEX words_passage ON words (passage);
CREATE TABLE totals (passages bigint NOT NULL, words bigint NOT NULL);
INSERT INTO totals VALUES (0, 0);
CREATE FUNCTION passages_counted_off() RETURNS trigger LANGUAGE plpgsql AS '
BEGIN
    UPDATE totals SET passages = passages - (SELECT count(*) FROM gone),
        words = words - (SELECT coalesce(sum(length), 0) FROM gone);
    RETURN NULL;
END';
CREATE TRIGGER passages_removed AFTER DELETE ON passages REFERENCING OLD TABLE AS gone
    FOR EACH STATEMENT EXECUTE FUNCTION passages_counted_off();
"""

# A `blob` is empty where another row of its table has the same bytes; whoever goes hands them on.
_SHARED = """
CREATE FUNCTION {table}_hand_on() RETURNS trigger LANGUAGE plpgsql AS '
BEGIN
    UPDATE {table} SET blob = old.blob WHERE ctid = (
        SELECT ctid FROM {table} WHERE sha256 = old.sha256 AND length(blob) = 0 LIMIT 1
    );
    RETURN NULL;
END';
CREATE TRIGGER {table}_handed_on AFTER DELETE ON {table} FOR EACH ROW
    WHEN (length(old.blob) > 0) EXECUTE FUNCTION {table}_hand_on();
"""

# Where blobs are objects, a row that goes says so; whether others name its object is seen later.
_OBJECTS = """
CREATE TABLE settings (key text PRIMARY KEY, value text NOT NULL);
CREATE TABLE intended (sha256 text PRIMARY KEY, at timestamptz NOT NULL DEFAULT now());
CREATE TABLE released (sha256 text PRIMARY KEY, at timestamptz NOT NULL DEFAULT now());
CREATE FUNCTION object_released() RETURNS trigger LANGUAGE plpgsql AS '
BEGIN
    IF EXISTS (SELECT FROM settings WHERE key = ''blobs'') THEN
        INSERT INTO released VALUES (old.sha256)
        ON CONFLICT (sha256) DO UPDATE SET at = excluded.at;
    END IF;
    RETURN NULL;
END';
CREATE TRIGGER memories_released AFTER DELETE ON memories FOR EACH ROW
    EXECUTE FUNCTION object_released();
CREATE TRIGGER snapshots_released AFTER DELETE ON snapshots FOR EACH ROW
    EXECUTE FUNCTION object_released();
"""

MIGRATIONS: dict[str, str] = {
    "m001_initial": _M001,
    "m002_words": _WORDS,
    "m003_shared": "".join(_SHARED.format(table=table) for table in ("memories", "snapshots")),
    "m004_objects": _OBJECTS,
}

# Columns that are this database's own business.
HIDDEN = {"passages": {"length"}}
KEYS = {"vectors": ("document", "start"), "summaries": ("document", "key")}

_DESCRIBED = """
select 'column' as kind, table_name || '.' || column_name as name,
    concat_ws(' ', data_type, collation_name, is_nullable, column_default) as made
from information_schema.columns where table_schema = current_schema()
union all select 'index', indexname, indexdef from pg_indexes where schemaname = current_schema()
union all select 'view', viewname, definition from pg_views where schemaname = current_schema()
union all select 'constraint', conname || ' of ' || conrelid::regclass, pg_get_constraintdef(oid)
from pg_constraint where connamespace = current_schema()::regnamespace
union all select 'function', proname, prosrc from pg_proc
where pronamespace = current_schema()::regnamespace
union all select 'trigger', tgname, pg_get_triggerdef(pg_trigger.oid) from pg_trigger
join pg_class on pg_class.oid = tgrelid
where relnamespace = current_schema()::regnamespace and not tgisinternal
"""


def applied(connection: Any, schema: str) -> set[str] | None:
    """The migrations that this schema has had; None if it has no table of them.

    The catalog is read as a table: `to_regclass` may know a schema that another session has
    just made only after a transaction.
    """
    sql = "select 1 from pg_tables where schemaname = %s and tablename = 'migrations'"
    if connection.execute(sql, [schema]).fetchone() is None:
        return None
    return {row["name"] for row in connection.execute("select name from migrations")}


def create(connection: Any, schema: str) -> None:
    """Make the schema, but where somebody has made it: that needs rights that we may not have."""
    sql = "select 1 from pg_namespace where nspname = %s"
    if connection.execute(sql, [schema]).fetchone() is None:
        connection.execute(f'create schema "{schema}"')


def apply(connection: Any, done: set[str]) -> None:
    """Bring the schema in the search path up to date, within a transaction."""
    if not done:
        connection.execute("create table migrations (name text primary key)")
    for name, script in MIGRATIONS.items():
        if name not in done:
            connection.execute(_bytewise(script))
            connection.execute("insert into migrations values (%s)", [name])


def described(connection: Any, schema: str) -> set[tuple[str, str, str]]:
    """All that was made in the schema in the search path, with the words for it."""
    rows = connection.execute(_DESCRIBED)
    return {(row["kind"], row["name"], row["made"].replace(f"{schema}.", "")) for row in rows}


def _bytewise(script: str) -> str:
    """Columns of text compare by their bytes, as SQLite's do, whatever the server's language."""
    import re

    return re.sub(r"\b(\w+|\"end\") text\b", r'\1 text COLLATE "C"', script)
