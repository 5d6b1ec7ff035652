"""Fetches PDFs with a text twin for `bench pages --twins FOLDER`: python -m tests.twins FOLDER

Articles of the Journal of Open Source Education (CC BY 4.0): each as PDF and as XML (JATS), both
made from the authors' Markdown. Needs git and the network; nothing of it is kept in the repository.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

SOURCE = "https://github.com/openjournals/jose-papers"


def fetch(folder: Path) -> int:
    """Put the articles that have both forms side by side; how many there are."""
    folder.mkdir(parents=True, exist_ok=True)
    count = 0
    with tempfile.TemporaryDirectory() as clone:
        subprocess.run(["git", "clone", "-q", "--depth", "1", SOURCE, clone], check=True)
        for twin in sorted(Path(clone).rglob("*.jats")):
            article = Path(clone) / twin.relative_to(clone).parts[0] / f"{twin.stem}.pdf"
            if article.exists():
                shutil.copy(article, folder)
                shutil.copy(twin, folder)
                count += 1
    return count


if __name__ == "__main__":
    print(fetch(Path(sys.argv[1])), "articles")
