"""Other programs' ways in, each tried with the program itself: MCP, openai, llm."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from infinidoc.errors import UsageError
from infinidoc.interfaces.folders import AllowedFolders
from infinidoc.interfaces.guard import Guard, kept_token
from infinidoc.library import Library

STATUTE = """\
# Water Act

## Part 1. Licences

Nobody may draw more than forty cubic metres a day from a river without a licence. The county
engineer grants it.

## Part 2. Fines

Whoever draws water without a licence pays nine hundred crowns. The miller Anton Bireck was the
first to pay.
"""


@pytest.fixture
def statute(tmp_path: Path) -> Path:
    path = tmp_path / "papers" / "act.md"
    path.parent.mkdir()
    path.write_text(STATUTE, "utf-8")
    return path


@pytest.fixture
def opened(tiny_model: Path, tmp_path: Path, statute: Path) -> Callable[[], Library]:
    """Opens a library that has read the statute."""

    def opened() -> Library:
        return Library(tmp_path / "library.db", model=str(tiny_model))

    with opened() as library:
        library.ingest(statute)
    return opened


# -- MCP ---------------------------------------------------------------------------------------


def called(client: Any, tool: str, **arguments: Any) -> Any:
    """A tool's result as its client has it."""
    return client.call_tool(tool, arguments)


def test_an_assistant_lists_asks_summarizes_and_searches(
    opened: Callable[[], Library], statute: Path
) -> None:
    from mcp import Client

    from infinidoc.interfaces.mcp_server import make_server

    async def talk() -> None:
        async with Client(make_server(opened, [statute.parent])) as client:
            names = {tool.name for tool in (await client.list_tools()).tools}
            assert {"list_documents", "ingest", "ask", "recall", "summarize", "passages"} <= names
            listed = (await called(client, "list_documents")).structured_content
            assert [row["document"] for row in listed["documents"]] == ["act"]
            asked = (
                await called(client, "ask", question="What did Zorblax buy?")
            ).structured_content
            assert (asked["found"], asked["unknown"]) == (False, ["Zorblax"])
            found = await called(client, "passages", query="fine without licence", limit=1)
            (passage,) = found.structured_content["passages"]
            assert "nine hundred crowns" in passage["text"]
            assert passage["page"] == 3
            early = await called(client, "passages", query="nine hundred crowns", until="2")
            assert "crowns" not in json.dumps(early.structured_content)
            told = (await called(client, "summarize", length="short")).structured_content
            assert told["summary"]
            recalled = await called(client, "recall", question="Who paid?", until="2")
            assert recalled.structured_content["mode"] == "memory"
            described = await called(client, "describe")
            assert described.structured_content["document"] == "act"

    asyncio.run(talk())


def test_an_assistant_reads_only_what_it_may(
    opened: Callable[[], Library], statute: Path, tmp_path: Path
) -> None:
    from mcp import Client

    from infinidoc.interfaces.mcp_server import make_server

    (statute.parent / "report.txt").write_text("The bridge at Lenz is closed until May.\n", "utf-8")
    (tmp_path / "secret.txt").write_text("The password is 1234.\n", "utf-8")
    (statute.parent / "link.txt").symlink_to(tmp_path / "secret.txt")

    async def talk() -> None:
        async with Client(make_server(opened, [statute.parent])) as client:
            read = await called(client, "ingest", path="report.txt")
            assert read.structured_content["status"] == "ingested"
            for path in ("../secret.txt", str(tmp_path / "secret.txt"), "link.txt", "none.txt"):
                refused = await called(client, "ingest", path=path)
                assert refused.is_error
                assert "nothing that may be read" in refused.content[0].text
            missing = await called(client, "ask", question="Who?", document="nowhere")
            assert missing.is_error
            assert "no such document" in missing.content[0].text

    asyncio.run(talk())


def test_without_allowed_folders_nothing_is_read(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="--allow"):
        AllowedFolders([]).checked("a.txt")
    with pytest.raises(UsageError, match="no such folder"):
        AllowedFolders([tmp_path / "missing"])


def test_mcp_over_stdin_and_stdout(
    opened: Callable[[], Library], tiny_model: Path, tmp_path: Path
) -> None:
    """The command itself, started by a client: nothing but the protocol is on its stdout."""
    from mcp import Client
    from mcp.client.stdio import StdioServerParameters

    command = ["-m", "infinidoc", "mcp", "-q", "-d", str(tmp_path / "library.db")]
    server = StdioServerParameters(
        command=sys.executable, args=[*command, "-m", str(tiny_model)], env=dict(os.environ)
    )

    async def talk() -> None:
        async with Client(server) as client:
            asked = await called(client, "ask", question="What did Zorblax buy?")
            assert asked.structured_content["answer"] == "Not in this document."

    asyncio.run(asyncio.wait_for(talk(), 120))


# -- HTTP --------------------------------------------------------------------------------------


@pytest.fixture
def server(
    opened: Callable[[], Library], tiny_model: Path, tmp_path: Path
) -> Iterator[tuple[str, str]]:
    """The address and the token of `serve --http`, started as a user does."""
    yield from started("serve", "-d", tmp_path / "library.db", "-m", tiny_model)


def started(*words: str | Path) -> Iterator[tuple[str, str]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "infinidoc", *map(str, words), "--http", "0"],
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr
    try:
        line = process.stderr.readline().split()
        yield line[1].rstrip(";"), line[-1]
    finally:
        process.terminate()
        process.wait(30)
        process.stderr.close()


def test_the_openai_client_lists_and_asks(server: tuple[str, str]) -> None:
    import openai

    address, token = server
    with openai.OpenAI(base_url=address, api_key=token, max_retries=0) as client:
        assert next(iter(client.models.list())).id == "infinidoc/act"
        messages: Any = [{"role": "user", "content": "What did Zorblax buy?"}]
        done = client.chat.completions.create(model="infinidoc/act", messages=messages)
        assert done.choices[0].message.content == "Not in this document."
        assert (done.model_extra or {})["infinidoc"]["unknown"] == ["Zorblax"]
        messages = [{"role": "user", "content": [{"type": "text", "text": "How many licences?"}]}]
        said, last = "", None
        for last in client.chat.completions.create(
            model="infinidoc/act", messages=messages, stream=True, extra_body={"until": 2}
        ):
            said += last.choices[0].delta.content or ""
        assert last is not None
        assert last.choices[0].finish_reason == "stop"
        told = (last.model_extra or {})["infinidoc"]
        assert said.startswith(told["answer"])
        assert all(passage["page"] <= 2 for passage in told["passages"])
        with pytest.raises(openai.NotFoundError, match="no such document"):
            client.chat.completions.create(model="infinidoc/nowhere", messages=messages)
        with pytest.raises(openai.BadRequestError, match="no message of the user"):
            client.chat.completions.create(model="infinidoc/act", messages=[])
        whole = client.responses.create(model="infinidoc/act", input="How many licences?")
        asked: Any = [{"role": "user", "content": [{"type": "input_text", "text": "How many?"}]}]
        with client.responses.stream(model="infinidoc/act", input=asked) as stream:
            said = "".join(e.delta for e in stream if e.type == "response.output_text.delta")
            last = stream.get_final_response()
        assert (whole.status, last.status) == ("completed", "completed")
        assert whole.output_text.startswith((whole.model_extra or {})["infinidoc"]["answer"])
        assert said == last.output_text
        assert last.usage
        assert last.usage.output_tokens > 0
        with pytest.raises(openai.BadRequestError, match="messages are missing"):
            client.post("/responses", body={"model": "infinidoc/act"}, cast_to=object)
    with (
        openai.OpenAI(base_url=address, api_key="guess", max_retries=0) as stranger,
        pytest.raises(openai.AuthenticationError),
    ):
        stranger.models.list()
    assert status(address, token, Origin="https://example.org") == 403
    assert status(address, token, Host="example.org") == 421
    assert status(address, token) == 200


def status(address: str, token: str, **headers: str) -> int:
    request = urllib.request.Request(
        f"{address}/models", headers={"Authorization": f"Bearer {token}", **headers}
    )
    try:
        with urllib.request.urlopen(request, timeout=30) as response:
            return int(response.status)
    except urllib.error.HTTPError as error:
        with error:
            return error.code


def test_mcp_over_http_wants_the_token(
    opened: Callable[[], Library], tiny_model: Path, tmp_path: Path
) -> None:
    import httpx2
    from mcp import Client
    from mcp.client.streamable_http import streamable_http_client

    async def talk(address: str, token: str) -> None:
        headers = {"Authorization": f"Bearer {token}"}
        async with (
            httpx2.AsyncClient(headers=headers) as http,
            Client(streamable_http_client(address, http_client=http)) as client,
        ):
            listed = (await called(client, "list_documents")).structured_content
            assert [row["document"] for row in listed["documents"]] == ["act"]

    for address, token in started("mcp", "-d", tmp_path / "library.db", "-m", tiny_model):
        asyncio.run(asyncio.wait_for(talk(address, token), 120))
        with pytest.raises(urllib.error.HTTPError, match="401"):
            urllib.request.urlopen(urllib.request.Request(address, b"{}"), timeout=30)


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({"host": "127.0.0.1:80", "authorization": "Bearer t"}, None),
        (
            {"host": "localhost", "authorization": "Bearer t", "origin": "http://localhost:3000"},
            None,
        ),
        ({"host": "[::1]:80", "authorization": "Bearer t"}, None),
        ({"host": "127.0.0.1.evil.example", "authorization": "Bearer t"}, 421),
        ({"authorization": "Bearer t"}, 421),
        ({"host": "localhost", "authorization": "Bearer t", "origin": "null"}, 403),
        ({"host": "localhost", "authorization": "Bearer t", "origin": "http://[bad"}, 403),
        ({"host": "localhost", "authorization": "Bearer tt"}, 401),
        ({"host": "localhost"}, 401),
        ({"host": "localhost", "authorization": "Bearer t", "content-length": "9999999"}, 413),
        ({"host": "localhost", "authorization": "Bearer t", "content-length": "x"}, 400),
        ({"host": "localhost", "authorization": "Bearer t", "content-length": "\xb2"}, 400),
        ({"host": "localhost", "authorization": "Bearer t", "content-length": "9" * 5000}, 413),
    ],
)
def test_who_may_speak(headers: dict[str, str], code: int | None) -> None:
    sent: list[Any] = []
    passed: list[Any] = []

    async def application(scope: Any, receive: Any, send: Any) -> None:
        passed.append(scope)

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> Any:
        return {"type": "http.disconnect"}

    scope = {
        "type": "http",
        "headers": [(name.encode(), value.encode("latin-1")) for name, value in headers.items()],
    }
    asyncio.run(Guard(application, "t")(scope, receive, send))
    assert bool(passed) == (code is None)
    assert [message["status"] for message in sent if "status" in message] == (
        [code] if code else []
    )


def test_the_token_is_the_owners_and_stays(home: Path) -> None:
    token = kept_token()
    assert kept_token() == token
    assert len(token) > 30
    if os.name != "nt":
        assert (home / "http-token").stat().st_mode & 0o777 == 0o600
    with pytest.raises(ValueError, match="empty"):
        Guard(lambda *_: None, "")  # type: ignore[arg-type, return-value]


# -- llm ---------------------------------------------------------------------------------------


def test_llm_has_documents_as_models_and_fragments(
    opened: Callable[[], Library], tiny_model: Path, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setenv("LLM_USER_PATH", str(tmp_path / "llm"))
    monkeypatch.setenv("INFINIDOC_DB", str(tmp_path / "library.db"))
    monkeypatch.setenv("INFINIDOC_MODEL", str(tiny_model))
    llm = pytest.importorskip("llm")
    from infinidoc.interfaces import llm_plugin

    if not llm.pm.is_registered(llm_plugin):
        llm.pm.register(llm_plugin, "infinidoc")
    model = llm.get_model("infinidoc/act")
    assert model.prompt("What did Zorblax buy?", stream=False).text() == "Not in this document."
    assert model.prompt("What did Zorblax buy?").text() == "Not in this document."
    counted = model.prompt("How many times is the licence mentioned?", until="2").text()
    assert "crowns" not in counted
    load = llm.get_fragment_loaders()["infinidoc"]
    assert load("act") == "\n\n".join(page for page in pages(opened))
    assert "nine hundred crowns" in load("act:3")
    assert "crowns" not in load("act:1-2")
    assert load("act:3").source == "infinidoc:act:3"
    for argument in ("nowhere", "act:77"):
        with pytest.raises(ValueError, match=r"nowhere|no text"):
            load(argument)
    with pytest.raises(llm.ModelError, match="no such page"):
        model.prompt("Who?", until="Part 77").text()


def pages(opened: Callable[[], Library]) -> list[str]:
    with opened() as library:
        row = library.store.document("act")
        return [page["text"] for page in library.store.pages(row["id"])]


@pytest.mark.parametrize("sent", [b"", b"{", b"\xff", b"[" * 100_000])
def test_a_request_that_is_no_json_is_told_so(sent: bytes) -> None:
    from infinidoc.interfaces.http_server import _body

    class Request:
        async def stream(self) -> AsyncIterator[bytes]:
            yield sent

    with pytest.raises(UsageError, match="no JSON"):
        asyncio.run(_body(Request()))
