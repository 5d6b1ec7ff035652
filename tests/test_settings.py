"""What is set for good: the file, the variables before it, and the model that is used."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from infinidoc import home as settings
from infinidoc.errors import UsageError
from infinidoc.weights import list_models
from infinidoc.weights.catalog import CATALOG, Speed, recommended
from tests.conftest import Outcome

Cli = Callable[..., Outcome]


def test_a_setting_is_kept_and_a_variable_goes_before_it(
    cli: Cli, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("INFINIDOC_INDEX_ONLY")
    assert cli("config", "device", "cpu").code == 0
    assert cli("config", "offline", "yes").code == 0
    assert (home / "config.toml").read_text() == 'device = "cpu"\noffline = true\n'
    assert settings.is_offline()
    monkeypatch.setenv("INFINIDOC_OFFLINE", "no")
    assert not settings.is_offline()
    shown = cli("config", "--json").json
    assert (shown["device"], shown["index_only"]) == ("cpu", None)
    assert cli("config", "device", "--unset").code == 0
    assert cli("config", "device").out == "device: not set\n"


def test_what_else_stands_in_the_file_stays(cli: Cli, home: Path) -> None:
    home.mkdir(parents=True)
    (home / "config.toml").write_text('# mine\ndevice = "cpu" # slow\n')
    cli("config", "offline", "on")
    assert (home / "config.toml").read_text() == '# mine\ndevice = "cpu" # slow\noffline = true\n'


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("device", "gpu"),
        ("offline", "perhaps"),
        ("index_only", "maybe"),
        ("serve", "always"),
        ("limits", "time"),
        ("limits", "speed=3"),
        ("database", "postgresql://me@server/books?schema=A B"),
    ],
)
def test_what_no_command_could_use_is_not_kept(cli: Cli, home: Path, name: str, value: str) -> None:
    refused = cli("config", name, value)
    assert refused.code == 2
    assert "Traceback" not in refused.err
    assert not (home / "config.toml").exists()


def test_a_library_that_is_set_is_used_from_every_folder(
    cli: Cli, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert cli("config", "database", "mine.db").code == 0
    assert cli("config", "adapter", "none").code == 0
    monkeypatch.chdir("/")
    assert cli("path").out == f"{tmp_path / 'mine.db'}\n"
    assert settings.setting("adapter") == "none"


@pytest.mark.parametrize(
    ("written", "words"),
    [("device = ", "no TOML"), ('colour = "red"\n', "no setting is called 'colour'")],
)
def test_a_file_that_means_nothing_is_named(cli: Cli, home: Path, written: str, words: str) -> None:
    home.mkdir(parents=True)
    (home / "config.toml").write_text(written)
    result = cli("config")
    assert result.code == 2
    assert words in result.err
    assert "config.toml" in result.err
    with pytest.raises(UsageError):
        settings.setting("device")


def test_a_model_is_used_from_every_folder(
    cli: Cli, tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("INFINIDOC_MODEL")
    mine = shutil.copytree(tiny_model, tmp_path / "mine")
    monkeypatch.chdir(tmp_path)
    used = cli("models", "use", "mine")
    assert (used.code, settings.setting("model")) == (0, str(mine.resolve()))
    assert "no adapter" in used.err
    (tmp_path / "note.txt").write_text("The ferry leaves at nine.\n")
    monkeypatch.chdir("/")
    read = cli("ingest", tmp_path / "note.txt", "--json")
    assert read.json["model"] == "mine"
    assert cli("models", "use", tmp_path / "none").code == 1
    assert settings.setting("model") == str(mine.resolve())


def test_models_of_other_programs_are_listed(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = tmp_path / "ollama"
    manifest = store / "manifests/registry.ollama.ai/library/qwen3/1.7b"
    manifest.parent.mkdir(parents=True)
    layer = {"mediaType": "application/vnd.ollama.image.model", "digest": "sha256:ab"}
    manifest.write_text(json.dumps({"layers": [layer]}))
    (store / "blobs").mkdir()
    (store / "blobs" / "sha256-ab").write_bytes(b"GGUF")
    monkeypatch.setenv("OLLAMA_MODELS", str(store))
    monkeypatch.setenv("HF_HOME", str(tmp_path / "none"))
    monkeypatch.setenv("INFINIDOC_MODEL", "ollama:qwen3:1.7b")
    found = [row for row in list_models() if row["source"] == "Ollama"]
    assert [(row["model"], row["bytes"], row["used"]) for row in found] == [
        ("ollama:qwen3:1.7b", 4, True)
    ]
    assert "ollama:qwen3:1.7b (used): 4 bytes, from Ollama" in cli("models", "list").out


def test_what_is_recommended_says_what_fits_and_how_fast() -> None:
    rows = recommended("cpu", 8e9, Speed(products=1e11, traffic=1e10, wide_traffic=1e10))
    assert [row["model"] for row in rows] == [entry.model for entry in CATALOG]
    by_name = {row["model"]: row for row in rows}
    small, large = by_name["smollm2-135m-instruct"], by_name["Qwen/Qwen3-4B"]
    assert small["fits"]
    assert not large["fits"]
    assert small["tokens_read_per_second"] > 20 * large["tokens_read_per_second"]
    assert [row["model"] for row in rows if row["has_memory"]] == ["smollm2-135m-instruct"]


def test_what_is_recommended_is_said_line_by_line(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    speed = Speed(products=1e11, traffic=1e10, wide_traffic=1e10)
    monkeypatch.setattr("infinidoc.weights.catalog.measure", lambda device: speed)
    lines = cli("models", "recommend").out.splitlines()
    assert len(lines) == len(CATALOG)
    assert "Qwen/Qwen3-1.7B: 1.72 billion parameters, needs " in lines[4]
    assert "4.4 GB on a GPU" in lines[4]


# -- text without a memory ---------------------------------------------------------------------


@pytest.fixture
def tale(tmp_path: Path) -> Path:
    path = tmp_path / "tale.md"
    path.write_text("# One\n\nThe map is in the well.\n\n# Two\n\nEdda Lorn burned it.\n" * 9)
    return path


def test_a_model_without_an_adapter_indexes_and_answers(
    cli: Cli, tale: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("INFINIDOC_INDEX_ONLY")
    result = cli("ingest", tale)
    assert result.out.startswith("tale: indexed, 18 pages, ")
    assert "only the text is kept" in result.err
    shown = cli("show", "tale", "--json").json
    assert (shown["memory_bytes"], shown["tokens"]) == (0, len(tale.read_text()))
    asked = cli("ask", "What did Zorblax burn?", "--json")
    assert (asked.code, asked.json["unknown"], asked.json["notes"]) == (0, ["Zorblax"], [])
    assert (
        cli("ask", "Where is the map?", "--until", "1", "--json").json["evidence"][0]["page"] == 1
    )
    refused = cli("ask", "Where is the map?", "--mode", "memory")
    assert refused.code == 4
    assert "there is no memory" in refused.err
    assert cli("verify").code == 0
    assert cli("summarize", "--by", "chapter", "--json").json["sections"]
    cli("export", "tale", tmp_path / "tale.infinidoc")
    cli("rm", "tale")
    assert cli("import", tmp_path / "tale.infinidoc").code == 0
    assert cli("ask", "What did Zorblax burn?").code == 0


def test_text_is_read_on_and_taken_into_a_memory_later(
    cli: Cli, tale: Path, tmp_path: Path
) -> None:
    assert cli("ingest", tale, "--index-only", "--json").json["index_only"]
    more = tmp_path / "more.txt"
    more.write_text("The well was dry.\n")
    assert cli("append", "tale", more, "--json").json["status"] == "appended"
    assert cli("show", "tale", "--json").json["memory_bytes"] == 0
    cli("rm", "tale")
    cli("ingest", tale, "--index-only")
    assert cli("ingest", tale, "--index-only", "--json").json["status"] == "unchanged"
    read = cli("ingest", tale, "--json").json
    assert (read["status"], read["replaced"], read["index_only"]) == ("ingested", True, False)
    assert read["memory_bytes"] > 0
    assert cli("ingest", tale, "--index-only", "--json").json["status"] == "unchanged"
    assert cli("list", "--json").json["memory_bytes"] > 0  # one document


def test_a_conversation_of_such_a_model_is_kept_and_gone_on_with(
    cli: Cli, tale: Path, tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("INFINIDOC_INDEX_ONLY")
    cli("ingest", tale)
    asked = ("chat", "--questions", "-")
    assert cli(*asked, "--doc", "tale", "--name", "talk", stdin=b"Where is the map?\n").code == 0
    other = shutil.copytree(tiny_model, tmp_path / "other")
    again = cli(*asked, "--continue", "--model", other, stdin=b"Who burned it?\n")
    assert again.code == 0, again.err
    assert cli("show", "talk", "--json").json["pages"] == 2
