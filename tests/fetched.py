"""Fetches the test suites of other readers and the standards' own examples, with git.

    python -m tests.fetched FOLDER

Nothing of them is kept in this repository. `tests.corpora` opens every file, `tests.standards`
compares with what is known of them.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ADDRESS = "https://github.com/{name}.git"
# Whose, and the folders of it that are fetched; none: all of it.
REPOSITORIES: dict[str, tuple[str, ...]] = {
    "chardet/chardet": ("tests",),
    "commonmark/commonmark-spec": (),
    "jsvine/pdfplumber": ("tests",),
    "mikel/mail": ("spec/fixtures",),
    "mozilla/pdf.js": ("test/pdfs",),
    "py-pdf/pypdf": ("resources", "tests"),
    "pymupdf/PyMuPDF": ("tests/resources",),
    "python-openxml/python-docx": ("features", "tests"),
    "w3c/epubcheck": ("src/test/resources",),
}


def fetch(name: str, parts: tuple[str, ...], folder: Path) -> Path:
    """The newest state of a repository, without its history."""
    target = folder / name.partition("/")[2]
    if target.exists():
        return target
    clone = ["git", "clone", "--quiet", "--depth", "1", "--filter", "blob:none", "--sparse"]
    subprocess.run([*clone, ADDRESS.format(name=name), str(target)], check=True)
    chosen = ["set", *parts] if parts else ["disable"]
    subprocess.run(["git", "-C", str(target), "sparse-checkout", *chosen], check=True)
    return target


def main() -> int:
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for name, parts in REPOSITORIES.items():
        print(fetch(name, parts, folder), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
