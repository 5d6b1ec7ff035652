"""What CI installs is pinned, and by digest: `.ci/constraints.txt` and `.ci/hashed.txt` agree."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
CI = ROOT / ".ci"
UNHASHED = {"torch"}  # its builds for the CPU are not those of the package index
BENCHED = {"pdfplumber", "pypdf", "pysbd", "xllamacpp"}  # peers of the benchmarks: not in CI


def name_of(requirement: str) -> str:
    found = re.match(r"[\w.-]+", requirement)
    assert found
    return re.sub(r"[-_.]+", "-", found[0]).lower()


def pinned(file: Path) -> dict[str, set[str]]:
    """The versions of each package that a file of requirements names; several have markers."""
    found: dict[str, set[str]] = {}
    for line in file.read_text("utf-8").splitlines():
        if re.match(r"\w", line):
            assert "==" in line, line
            version = line.partition("==")[2].split()[0]
            found.setdefault(name_of(line), set()).add(version)
    return found


def test_every_pinned_version_is_the_hashed_one() -> None:
    """If it is not: `.ci/hash` writes hashed.txt anew."""
    hashed, constraints = pinned(CI / "hashed.txt"), pinned(CI / "constraints.txt")
    for name in constraints.keys() - UNHASHED - BENCHED:
        assert hashed[name] == constraints[name], name
    assert not hashed.keys() & UNHASHED


def test_every_requirement_has_digests_and_no_index_is_named() -> None:
    text = (CI / "hashed.txt").read_text("utf-8")
    entries = re.split(r"^(?=\w)", text, flags=re.MULTILINE)[1:]
    assert len(entries) > 150
    for entry in entries:
        head, *digests = entry.strip().split(" \\\n")
        assert digests, head
        assert all(re.fullmatch(r"    --hash=sha256:[0-9a-f]{64}", each) for each in digests), head
    assert "index-url" not in text
    assert "://" not in text


@pytest.mark.parametrize("extra", ["", "dev", "all"])
def test_everything_that_is_required_is_hashed(extra: str) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    wanted = project["optional-dependencies"][extra] if extra else project["dependencies"]
    names = {name_of(requirement) for requirement in wanted} - UNHASHED - {"infinidoc"}
    assert names <= pinned(CI / "hashed.txt").keys()
