"""Data flows one way: a room imports only the rooms before it."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import infinidoc

ROOT = Path(infinidoc.__file__).parent
TABLE = """\
    errors:
    address: errors
    text:
    grounding: text
    definition_kinds:
    questions: definition_kinds text
    home: address errors
    control:
    labels:
    rounding:
    memory: rounding
    profile:
    segments:
    embedder:
    identity: errors
    chat_template: errors
    tokens: chat_template errors
    document_rows: errors labels
    reading: control errors labels text
    digests: home
    scratch: home
    model: errors home memory profile rounding
    pointing: digests errors model
    weights: digests errors home model
    adapter: digests embedder errors memory model pointing
    stream: errors memory model profile segments
    language: adapter digests embedder errors home identity memory model pointing profile segments
        stream tokens weights
    snapshot: errors identity memory
    store: address errors labels scratch text
    page_rows: language reading store text
    provenance: reading store
    confinement:
    seccomp:
    limits: errors home
    isolation: confinement errors limits reading scratch seccomp
    changes: reading
    web: errors isolation limits reading scratch
    bookmark: errors
    ingest: bookmark errors labels language memory page_rows reading segments snapshot store
        stream text
    versions: errors identity provenance reading store
    intake: changes document_rows errors identity ingest language provenance reading store versions
    retrieval: errors identity ingest labels language memory snapshot store text
    logs: labels questions store text
    trees: definition_kinds
    code: definition_kinds retrieval store text trees
    answering: control errors grounding identity language memory model pointing retrieval store
        text tokens
    conversation: answering control errors identity ingest language page_rows reading retrieval
        store text
    summarizing: answering code errors grounding labels language logs retrieval store text
    data: labels questions retrieval store text
    data_answers: data questions retrieval store text
    sweeping: answering code data_answers definition_kinds errors grounding labels language logs
        questions retrieval store summarizing text
    studying: errors retrieval store text
    checking: retrieval store text
    serving: errors home
    library: address answering checking conversation document_rows errors home ingest intake
        isolation language provenance questions reading retrieval scratch store studying
        summarizing sweeping web
    many: errors ingest intake library reading store
    interfaces: errors home library retrieval
    reporting: conversation errors ingest library reading retrieval store text
    training: adapter answering errors grounding memory model pointing retrieval store
        summarizing text tokens
    benchmarks: answering checking errors grounding ingest isolation language library many
        memory model page_rows questions reading retrieval snapshot store summarizing text
        training weights
    cli: adapter address answering benchmarks confinement control conversation errors home
        ingest interfaces labels language library limits many model profile questions reporting
        retrieval seccomp serving store studying summarizing training weights
"""
MAY_IMPORT = {
    room.strip(): set(rooms.split())
    for room, rooms in (row.split(":") for row in TABLE.replace("\n        ", " ").splitlines())
}
HEAVY = {
    "torch": {
        "rounding",
        "memory",
        "model",
        "pointing",
        "stream",
        "answering",
        "benchmarks",
        "training",
    },
    "transformers": set(),
    "pymupdf": set(),
    "tiktoken": {"tokens"},
    "sqlite_utils": {"store"},
    "psycopg": set(),
    "fsspec": set(),
    "s3fs": set(),
    "typer": {"cli"},
    "prompt_toolkit": set(),
    "mcp": set(),
    "starlette": set(),
    "uvicorn": set(),
    "ray": set(),
    "llm": {"interfaces"},
}


def files() -> list[Path]:
    return sorted(path for path in ROOT.rglob("*.py") if path.parent != ROOT or path.stem[0] != "_")


def room(path: Path) -> str:
    return path.relative_to(ROOT).parts[0].removesuffix(".py")


def imported(path: Path, *, at_import: bool = False) -> set[str]:
    """Dotted names a file imports; with `at_import` only those outside functions."""
    tree = ast.parse(path.read_text("utf-8"))
    nodes: list[ast.AST] = list(ast.walk(tree))
    if at_import:
        nodes = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
    names = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


@pytest.mark.parametrize("path", files(), ids=lambda path: str(path.relative_to(ROOT)))
def test_a_room_imports_only_the_rooms_before_it(path: Path) -> None:
    names = [name.split(".")[1] for name in imported(path) if name.startswith("infinidoc.")]
    used = {n for n in names if (ROOT / n).exists() or (ROOT / f"{n}.py").exists()}
    assert used - {room(path)} <= MAY_IMPORT[room(path)]


@pytest.mark.parametrize("path", files(), ids=lambda path: str(path.relative_to(ROOT)))
def test_heavy_packages_stay_in_their_rooms(path: Path) -> None:
    for name in {name.split(".")[0] for name in imported(path, at_import=True)} & set(HEAVY):
        assert room(path) in HEAVY[name]


def test_every_room_is_in_the_table() -> None:
    assert {room(path) for path in files()} == set(MAY_IMPORT)


def test_the_table_has_no_cycle() -> None:
    rooms = list(MAY_IMPORT)
    for number, (name, before) in enumerate(MAY_IMPORT.items()):
        assert before <= {*rooms[:number]}, name


@pytest.mark.parametrize("path", files(), ids=lambda path: str(path.relative_to(ROOT)))
def test_files_stay_readable(path: Path) -> None:
    lines = path.read_text("utf-8").splitlines()
    assert len(lines) <= 400
    assert not lines or lines[0].startswith('"""'), "say what the file knows"


@pytest.mark.parametrize(
    "name",
    ["text", "grounding", "questions", "retrieval", "answering", "conversation", "summarizing",
     "sweeping", "trees", "code", "studying", "checking"],
)  # fmt: skip
def test_a_room_of_the_language_half_stays_small(name: str) -> None:
    lines = sum(len(path.read_text("utf-8").splitlines()) for path in (ROOT / name).glob("*.py"))
    assert lines <= 1500
