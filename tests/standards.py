"""Reads what others publish as the truth: encodings by folder, CommonMark's own examples.

    python -m tests.standards FOLDER

FOLDER is what `python -m tests.fetched FOLDER` fetched. Reports

    encodings   chardet's test files, whose folder names their encoding: right; wrong, but said to
                be a guess; wrong in silence (an error)
    headings    the examples of CommonMark's specification: titles found that its HTML has not, and
                the reverse (both errors)
"""

from __future__ import annotations

import html
import json
import re
import sys
import tempfile
from collections import Counter
from pathlib import Path

from infinidoc.errors import SourceError
from infinidoc.reading import open_source

# The encoding that a folder of chardet's tests is named after, where Python calls it otherwise.
NAMED = {"MacCyrillic": "mac-cyrillic", "MacRoman": "mac-roman", "iso-8859-1": "cp1252"}
UNKNOWN = "EUC-TW"  # to Python
_LANGUAGE = re.compile(r"-(?!\d|ascii|kr|jp|sig)[a-z]+$")
_EXAMPLE = re.compile(r"^`{32} example\n(.*?)^\.\n(.*?)^`{32}$", re.M | re.S)
_TITLE = re.compile(r"^<h[12]>(.*?)</h[12]>", re.M | re.S)
_NESTED = re.compile(r"^<(blockquote|ul|ol)\b.*?^</\1>$", re.M | re.S)  # no chapter begins there
_TAG = re.compile(r"<[^>]*>")
EXPLAINED = ("guess", "replaced", "declares", "binary")


def letters(text: str) -> Counter[str]:
    """The letters beyond ASCII, which a wrong encoding changes."""
    return Counter(character for character in text if character > "\x7f" and character.isalpha())


def judged(path: Path, encoding: str) -> str | None:
    """How a file was read whose encoding is known; None where the name is not the truth."""
    try:
        truth = letters(html.unescape(path.read_bytes().decode(encoding)))
    except (UnicodeDecodeError, LookupError):
        return None
    try:
        source = open_source(path)
        found = letters("".join(page.text for page in source.pages()))
    except SourceError as error:
        return "refused" if "binary" in error.what else f"refused: {error.what}"
    strange = (found - truth).total() > 0.02 * found.total()
    if not strange and (found or not truth):
        return "right"
    said = any(word in " ".join(source.warnings) for word in EXPLAINED)
    return "wrong, a guess" if said else "wrong in silence"


def encodings(folder: Path) -> Counter[str]:
    counts: Counter[str] = Counter()
    for path in sorted(folder.rglob("*")):
        name = path.parent.name
        if path.is_file() and path.parent != folder and name != UNKNOWN:
            result = judged(path, NAMED.get(name, _LANGUAGE.sub("", name)))
            counts[result or "no truth"] += 1
            if result and result != "right":
                print(f"{result}: {path.relative_to(folder)}")
    return counts


def _words(title: str) -> str:
    return " ".join(html.unescape(_TAG.sub("", title)).split())


def headings(specification: Path) -> Counter[str]:
    counts: Counter[str] = Counter()
    text = specification.read_text("utf-8").replace("→", "\t")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "example.md"
        for source, shown in _EXAMPLE.findall(text):
            wanted = [_words(title) for title in _TITLE.findall(_NESTED.sub("", shown))]
            path.write_text(source or "\n", "utf-8")
            try:
                pages = list(open_source(path).pages())
            except SourceError:
                pages = []  # nothing is written there
            begun = [page.title for page in pages if page.chapter and page.title]
            found = [title for titles in begun for title in titles.split("\n")]
            same = found == [title for title in wanted if title]
            counts["right" if same else "wrong"] += 1
            if not same:
                print(f"wrong: {found} for {wanted}: {source!r}")
    return counts


def main() -> int:
    folder = Path(sys.argv[1])
    coded = encodings(folder / "chardet" / "tests")
    titled = headings(folder / "commonmark-spec" / "spec.txt")
    print(json.dumps({"encodings": dict(coded), "headings": dict(titled)}))
    return int(bool(coded["wrong in silence"] or titled["wrong"]))


if __name__ == "__main__":
    sys.exit(main())
