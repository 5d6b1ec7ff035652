"""The command `infinidoc`: has a server do it if there is one that can, else does it."""

from __future__ import annotations

import sys

from infinidoc.cli.running import run
from infinidoc.serving.client import served


def main() -> None:
    """Run the command line in this process's streams."""
    _write_utf8()
    run(sys.argv[1:], served)


def _write_utf8() -> None:
    """Answers are UTF-8 wherever they go (Windows consoles default to something else)."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None and (stream.encoding or "").lower() not in ("utf-8", "utf8"):
            reconfigure(encoding="utf-8", errors="replace")


if __name__ == "__main__":
    main()
