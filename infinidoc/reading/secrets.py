"""Finds what looks like keys and passwords in a text, so that their owner is warned.

The forms are those the issuers document; a generic `password = "..."` counts only with a
value that varies as passwords do. Says what and where, never the secret itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

# What it is, what is in every one of them (looked for first: it is rare), and its form.
_FORMS = (
    ("a private key", ("PRIVATE KEY",), r"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY(?: BLOCK)?-----"),
    ("an AWS access key", ("AKIA", "ASIA"), r"(?:AKIA|ASIA)[0-9A-Z]{16}\b"),
    ("a GitHub token", ("ghp_", "gho_", "ghu_", "ghs_", "ghr_"), r"gh[pousr]_[0-9A-Za-z]{36}\b"),
    ("a GitHub token", ("github_pat_",), r"github_pat_[0-9A-Za-z_]{82}\b"),
    ("a GitLab token", ("glpat-",), r"glpat-[0-9A-Za-z_-]{20}"),
    ("a Slack token", ("xox",), r"xox[abprs]-[0-9A-Za-z-]{10,}"),
    ("a Google API key", ("AIza",), r"AIza[0-9A-Za-z_-]{35}"),
    ("a Stripe key", ("k_live_",), r"[rs]k_live_[0-9A-Za-z]{20,}"),
    ("an OpenAI or Anthropic key", ("sk-",), r"\bsk-(?:ant-|proj-)?[0-9A-Za-z_-]{32,}"),
    ("a PyPI token", ("pypi-",), r"pypi-AgEIcHlwaS5vcmc[0-9A-Za-z_-]{50,}"),
    ("a password in an address", ("://",), r"://[^\s/:@]{1,99}:[^\s/:@${}<>*]{6,99}@[\w.-]+"),
)
_WORDS = ("password", "passwd", "secret", "api_key", "api-key", "apikey", "token")
_ASSIGNED = re.compile(
    r"""(?:password|passwd|secret|api[_-]?key|access[_-]?token|auth[_-]?token)[\w-]{0,40}
    ["']?\s{0,9}[:=]\s{0,9}["']([^"'\s]{8,200})["']""",
    re.VERBOSE | re.IGNORECASE,
)
_PLACEHOLDER = re.compile(r"(?i)example|changeme|placeholder|your|dummy|xxx|\*\*|<|\$\{|\{\{|%\(")


def secrets_in(text: str) -> Iterator[tuple[str, int]]:
    """(what it looks like, at which character) of each likely key or password."""
    for kind, marks, form in _FORMS:
        if any(mark in text for mark in marks):
            for found in re.finditer(form, text):
                if not _PLACEHOLDER.search(found[0]):
                    yield kind, found.start()
    lowered = text.lower()
    if any(word in lowered for word in _WORDS):
        for found in _ASSIGNED.finditer(text):
            if _varies(found[1]) and not _PLACEHOLDER.search(found[1]):
                yield "a password", found.start()


def _varies(value: str) -> bool:
    """Whether a value has letters and digits or signs, as words and names of settings do not."""
    kinds = (str.islower, str.isupper, str.isdigit)
    return sum(any(map(kind, value)) for kind in kinds) >= 2 and any(map(str.isdigit, value))
