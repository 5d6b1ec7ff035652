"""The schema of the library file, as numbered migrations: appended, never edited.

All offsets count characters of a document's whole text. Memories and snapshots are
safetensors files in a blob (see snapshot.py), so any program can read them.
"""

from __future__ import annotations

from sqlite_utils import Database, Migrations

from infinidoc.store.digests import COLUMN, TABLES, row_digest
from infinidoc.store.search import to_index

migrations = Migrations("infinidoc")

_M001 = """
CREATE TABLE documents (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, source TEXT NOT NULL, kind TEXT NOT NULL,
    source_sha256 TEXT NOT NULL, identity TEXT NOT NULL, status TEXT NOT NULL,
    pages INTEGER NOT NULL, characters INTEGER NOT NULL, tokens INTEGER NOT NULL,
    segments INTEGER NOT NULL, memory_bytes INTEGER NOT NULL, memory_sha256 TEXT,
    warnings TEXT NOT NULL, created TEXT NOT NULL, updated TEXT NOT NULL
) STRICT;
CREATE INDEX documents_source ON documents (source_sha256);
CREATE TABLE parts (
    document INTEGER NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
    ordinal INTEGER NOT NULL, source TEXT NOT NULL, kind TEXT NOT NULL, sha256 TEXT NOT NULL,
    first_page INTEGER NOT NULL, start_character INTEGER NOT NULL,
    PRIMARY KEY (document, ordinal)
) STRICT;
CREATE TABLE pages (
    document INTEGER NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
    number INTEGER NOT NULL, label TEXT, title TEXT, chapter INTEGER NOT NULL, path TEXT,
    line INTEGER, start INTEGER NOT NULL, "end" INTEGER NOT NULL, text TEXT NOT NULL,
    problem TEXT,
    PRIMARY KEY (document, number)
) STRICT;
CREATE INDEX pages_start ON pages (document, start);
CREATE TABLE segments (
    document INTEGER NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
    number INTEGER NOT NULL, token_start INTEGER NOT NULL, tokens INTEGER NOT NULL,
    start INTEGER NOT NULL, "end" INTEGER NOT NULL,
    PRIMARY KEY (document, number)
) STRICT;
CREATE INDEX segments_start ON segments (document, start);
CREATE TABLE passages (
    id INTEGER PRIMARY KEY,
    document INTEGER NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
    page INTEGER NOT NULL, start INTEGER NOT NULL, "end" INTEGER NOT NULL, line INTEGER,
    text TEXT NOT NULL
) STRICT;
CREATE INDEX passages_page ON passages (document, page);
CREATE VIRTUAL TABLE passages_fts USING fts5 (
    text, content = 'passages', content_rowid = 'id', tokenize = 'porter unicode61'
);
CREATE TRIGGER passages_added AFTER INSERT ON passages BEGIN
    INSERT INTO passages_fts (rowid, text) VALUES (new.id, new.text);
END;
CREATE TRIGGER passages_removed AFTER DELETE ON passages BEGIN
    INSERT INTO passages_fts (passages_fts, rowid, text) VALUES ('delete', old.id, old.text);
END;
CREATE TABLE memories (
    document INTEGER NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
    role TEXT NOT NULL, header TEXT NOT NULL, blob BLOB NOT NULL, sha256 TEXT NOT NULL,
    PRIMARY KEY (document, role)
) STRICT;
CREATE TABLE snapshots (
    document INTEGER NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
    tokens INTEGER NOT NULL, page INTEGER NOT NULL, title TEXT, header TEXT NOT NULL,
    blob BLOB NOT NULL, sha256 TEXT NOT NULL,
    PRIMARY KEY (document, tokens)
) STRICT;
CREATE TABLE summaries (
    document INTEGER NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
    key TEXT NOT NULL, value TEXT NOT NULL, created TEXT NOT NULL,
    PRIMARY KEY (document, key)
) STRICT;
"""

_M002 = """
CREATE TABLE replies (
    id INTEGER PRIMARY KEY,
    document INTEGER NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
    question TEXT NOT NULL, answer TEXT NOT NULL, kind TEXT NOT NULL, page INTEGER NOT NULL,
    start INTEGER NOT NULL, "end" INTEGER NOT NULL,
    given TEXT NOT NULL, grade TEXT NOT NULL, asked TEXT NOT NULL
) STRICT;
CREATE INDEX replies_document ON replies (document, asked);
"""


_M003 = """
CREATE TABLE vectors (
    document INTEGER NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
    start INTEGER NOT NULL, seeker TEXT NOT NULL, vector BLOB NOT NULL,
    PRIMARY KEY (document, start)
) STRICT;
"""

# `folded` is NULL where FTS5 finds the same words in `text`.
_M004 = """
ALTER TABLE passages ADD COLUMN folded TEXT;
DROP TRIGGER passages_added;
DROP TRIGGER passages_removed;
DROP TABLE passages_fts;
CREATE VIEW passages_folded AS SELECT id, coalesce(folded, text) AS text FROM passages;
CREATE VIRTUAL TABLE passages_fts USING fts5 (
    text, content = 'passages_folded', content_rowid = 'id',
    tokenize = "porter unicode61 categories 'L* M* N* Co'"
);
CREATE TRIGGER passages_added AFTER INSERT ON passages BEGIN
    INSERT INTO passages_fts (rowid, text) VALUES (new.id, coalesce(new.folded, new.text));
END;
CREATE TRIGGER passages_removed AFTER DELETE ON passages BEGIN
    INSERT INTO passages_fts (passages_fts, rowid, text)
    VALUES ('delete', old.id, coalesce(old.folded, old.text));
END;
"""


# `imported`: when the document came out of another library's file, NULL if it was read here.
_M005 = """
ALTER TABLE documents ADD COLUMN imported TEXT;
"""


@migrations()
def m001_initial(db: Database) -> None:
    """Documents, their text, their memories."""
    for statement in _statements(_M001):
        db.conn.execute(statement)


@migrations()
def m002_replies(db: Database) -> None:
    """What was asked in a quiz, and what was replied."""
    for statement in _statements(_M002):
        db.conn.execute(statement)


@migrations()
def m003_vectors(db: Database) -> None:
    """For each passage (by its first character) its vector, float16, and who made it."""
    for statement in _statements(_M003):
        db.conn.execute(statement)


@migrations()
def m004_folded(db: Database) -> None:
    """The index holds folded words, a vowel sign as a part of its word; made anew."""
    for statement in _statements(_M004):
        db.conn.execute(statement)
    passages = db.conn.execute("select text, id from passages")
    others = [(folded, key) for text, key in passages if (folded := to_index(text)) is not None]
    db.conn.executemany("update passages set folded = ? where id = ?", others)
    db.conn.execute("insert into passages_fts (passages_fts) values ('rebuild')")


@migrations()
def m005_digests(db: Database) -> None:
    """Every row has a digest of its columns; what is there now is taken for whole."""
    for statement in _statements(_M005):
        db.conn.execute(statement)
    for table in TABLES:
        db.conn.execute(f"ALTER TABLE {table} ADD COLUMN {COLUMN} BLOB")
        blobless = ", ".join(f'"{name}"' for name in db[table].columns_dict if name != "blob")
        rows = db.query(f"select rowid as rowid, {blobless} from {table}")
        seals = [(row.pop("rowid"), row_digest(row)) for row in rows]
        sql = f"update {table} set {COLUMN} = ?2 where rowid = ?1"
        db.conn.executemany(sql, seals)


def _statements(script: str) -> list[str]:
    """The statements of a script; a trigger's own semicolons do not end it."""
    found, current = [], ""
    for line in script.strip().splitlines():
        current += line + "\n"
        inside = "BEGIN" in current and not current.rstrip().endswith("END;")
        if line.endswith(";") and not inside:
            found.append(current)
            current = ""
    return found
