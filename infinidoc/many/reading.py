"""Every file its own document: the job as its leader sees it, and what a worker does of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from infinidoc.ingest import Progress
from infinidoc.intake import Intake
from infinidoc.library import Library
from infinidoc.many.task import Row, Task
from infinidoc.many.worker import Tell
from infinidoc.reading.document import file_sha256

TOLD = ("fraction", "tokens", "tokens_per_second")  # of what an ingest says of its progress


def reading_tasks(paths: Sequence[Path]) -> list[Task]:
    """A task for each file."""
    return [Task(n, str(path), {"path": str(path)}) for n, path in enumerate(paths)]


class Reader:
    """Reads files into the library: a worker's part. Options as of `Library.ingest`."""

    def __init__(
        self,
        library: Library,
        force: bool = False,
        index_only: bool | None = None,
        **selection: Any,
    ) -> None:
        self.library, self.force, self.index_only = library, force, index_only
        self.selection = selection
        self.intake = Intake(library.store, library.language, index_only)

    def do(self, request: Row, tell: Tell) -> Row:
        """The result of `ingest` for the file at `path`, but the list of files in it."""

        def watch(progress: Progress) -> None:
            shown = asdict(progress)
            tell({"progress": {name: shown[name] for name in TOLD}})

        path = Path(request["path"])
        result = self._known(path) or self.library.ingest(
            path, force=self.force, index_only=self.index_only, watch=watch, **self.selection
        )
        return {"path": str(path), **{key: result[key] for key in result if key != "files"}}

    def _known(self, path: Path) -> Row | None:
        """The result for a file that was read before, without opening it; None: open it."""
        if self.force or self.selection.get("ocr"):
            return None
        store, place = self.library.store, str(path.resolve())
        if not path.is_file():
            return None
        for row in store.with_content(file_sha256(path)):
            here = row["source"] == place and row["imported"] is None
            if here and row["status"] != "reading" and self.intake.accepts(row):
                return self.intake.unchanged(row["id"])
        return None
