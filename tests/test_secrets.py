"""Likely keys and passwords are warned about, by kind and place; ordinary text is not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from infinidoc.reading.secrets import secrets_in
from tests.conftest import Outcome

KEY = "AKIA" + "QX7T2LMN4RWZ8KJH"
FOUND = {
    "-----BEGIN RSA PRIVATE" + " KEY-----": "a private key",
    f"aws_access_key_id = {KEY}": "an AWS access key",
    "token: ghp_" + "a1B2" * 9: "a GitHub token",
    "xoxb-123456789012-abcdefABCDEF": "a Slack token",
    "AIza" + "Sy0-" * 8 + "abc": "a Google API key",
    "postgres://app:hunter2hunter2@db.internal/x": "a password in an address",
    'db_password = "tr0ub4dor-3x"': "a password",
    "'apiKey': 'f8Gk29dLmQ0z'": "a password",
}
PLAIN = [
    "The password is kept in a safe; nobody knows the secret.",
    'password = "changeme-123"',
    'password = os.environ["PASSWORD"]',
    'secret_name = "captain-of-the-ship"',
    "https://example.org/path?key=value",
    "AKIAIOSFODNN7EXAMPLE",
    "api_key: ${API_KEY}",
    "postgres://user:${PASSWORD}@host/db",
]


@pytest.mark.parametrize("text", FOUND)
def test_it_is_found(text: str) -> None:
    assert [kind for kind, _ in secrets_in(f"x\n{text}\n")] == [FOUND[text]]


@pytest.mark.parametrize("text", PLAIN)
def test_it_is_left_alone(text: str) -> None:
    assert list(secrets_in(text)) == []


def test_an_ingest_warns_and_does_not_tell_it(cli: Callable[..., Outcome], tmp_path: Path) -> None:
    folder = tmp_path / "code"
    folder.mkdir()
    (folder / "settings.py").write_text(f"DEBUG = True\n\nkey = '{KEY}'\n", "utf-8")
    result = cli("ingest", folder, "--json")
    assert result.code == 0
    assert result.json["warnings"] == ["settings.py, line 3: this looks like an AWS access key"]
    assert KEY not in result.err
