"""The library over HTTP as programs that know OpenAI's API expect it; on this machine only.

`/v1/models` lists the documents; `/v1/chat/completions` and `/v1/responses` ask one. Who may speak
is `guard.py`'s.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Generator
from contextlib import asynccontextmanager
from typing import Any

from infinidoc.errors import InfinidocError, NotFound, UsageError
from infinidoc.interfaces.chat_request import ChatRequest, answered, models
from infinidoc.interfaces.completions import chunks, completion
from infinidoc.interfaces.guard import ADDRESS, LARGEST, Application, Guard, kept_token
from infinidoc.interfaces.responses import events, response
from infinidoc.interfaces.worker import LibraryWorker
from infinidoc.library import Library

INSTALL = "pip install 'infinidoc[http]', in a checkout '.[http]'"

_Whole = Callable[[ChatRequest, dict[str, Any], dict[str, int]], dict[str, Any]]
_Streamed = Callable[[Library, ChatRequest], Generator[dict[str, Any], None, None]]


def make_application(open_library: Callable[[], Library]) -> Application:
    """The ASGI application, without its guard."""
    try:
        from starlette.applications import Starlette
        from starlette.requests import Request
        from starlette.responses import JSONResponse, Response, StreamingResponse
        from starlette.routing import Route
    except ImportError as error:
        raise InfinidocError("the HTTP server needs a package", hint=INSTALL) from error

    worker = LibraryWorker(open_library)

    async def list_models(request: Request) -> Response:
        return JSONResponse({"object": "list", "data": await worker.do(models)})

    async def ask(request: Request, whole: _Whole, streamed: _Streamed) -> Response:
        asked = ChatRequest.from_request(await _body(request))
        asker = asked.user or request.client  # a user, or a connection
        if not asked.streams:
            found = await worker.do(lambda library: answered(library, asked), asker, asked.same)
            return JSONResponse(whole(asked, *found))
        pieces = worker.stream(lambda library: streamed(library, asked), asker)
        first = await anext(pieces)  # what is wrong with a question is an error, not an event
        return StreamingResponse(_events(first, pieces), media_type="text/event-stream")

    async def complete(request: Request) -> Response:
        return await ask(request, completion, chunks)

    async def respond(request: Request) -> Response:
        return await ask(request, response, events)

    async def failed(request: Request, error: Exception) -> Response:
        assert isinstance(error, InfinidocError)
        return JSONResponse(_error(error), _status(error))

    @asynccontextmanager
    async def lifespan(application: Any) -> AsyncIterator[None]:
        yield
        worker.close()

    return Starlette(
        routes=[
            Route("/v1/models", list_models, methods=["GET"]),
            Route("/v1/chat/completions", complete, methods=["POST"]),
            Route("/v1/responses", respond, methods=["POST"]),
        ],
        exception_handlers={InfinidocError: failed},
        lifespan=lifespan,
    )


async def _body(request: Any) -> Any:
    """The JSON of a request, which may not be endless."""
    read = bytearray()
    async for piece in request.stream():
        read += piece
        if len(read) > LARGEST:
            raise UsageError("the request is too large")
    try:
        return json.loads(read)
    except (ValueError, RecursionError) as error:
        raise UsageError("the request is no JSON") from error


async def _events(
    first: dict[str, Any], pieces: AsyncIterator[dict[str, Any]]
) -> AsyncIterator[str]:
    """Server-sent events, named if they name themselves; as OpenAI's end, the last says [DONE]."""
    yield _event(first)
    try:
        async for piece in pieces:
            yield _event(piece)
    except InfinidocError as error:
        yield _event(_error(error))
    yield "data: [DONE]\n\n"


def _event(value: dict[str, Any]) -> str:
    name = f"event: {value['type']}\n" if "type" in value else ""
    return f"{name}data: {json.dumps(value, ensure_ascii=False)}\n\n"


def _error(error: InfinidocError) -> dict[str, Any]:
    kind = "invalid_request_error" if _status(error) < 500 else "server_error"
    return {"error": {"message": str(error), "type": kind, "code": error.exit_code}}


def _status(error: InfinidocError) -> int:
    if isinstance(error, NotFound):
        return 404
    return 400 if isinstance(error, UsageError) else 500


def run(application: Application, port: int, path: str | None) -> None:
    """Serve an application behind its guard until Ctrl-C; say where at `path`, unless None."""
    try:
        import uvicorn
    except ImportError as error:
        raise InfinidocError("the HTTP server needs a package", hint=INSTALL) from error
    import socket
    import sys

    token = kept_token()
    try:
        listener = socket.create_server((ADDRESS, port))
    except OSError as error:
        raise InfinidocError(f"cannot listen: {error.strerror}", where=f"port {port}") from error
    if path is not None:
        where = f"http://{ADDRESS}:{listener.getsockname()[1]}{path}"
        print(f"serving {where}; the token is {token}", file=sys.stderr, flush=True)
    settings = uvicorn.Config(Guard(application, token), log_level="warning", access_log=False)
    with listener:
        uvicorn.Server(settings).run(sockets=[listener])
