"""Bounds hold at the bound and fail one beyond it, for declared and for chunked bodies, in every API's words."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse
from starlette.routing import Route

from service.auth import Principal
from service.errors import Cause, RequestError
from service.limits import BodyLimit, Concurrency, check_texts
from service.settings import Settings
from translator.errors import OverloadedError

LIMIT = 1000
UPLOAD_LIMIT = 2000
PATHS = ("/v1/translate", "/v2/translate", "/translate", "/v1/jobs", "/v2/document", "/translate_file")


async def length(request: Request) -> JSONResponse:
    return JSONResponse(len(await request.body()))


async def careless(request: Request) -> PlainTextResponse:
    """Turns every failure into an answer of its own, as frameworks do."""
    try:
        await request.body()
    except Exception:
        return PlainTextResponse("swallowed", 418)
    return PlainTextResponse("read")


@pytest.fixture
def client() -> httpx.AsyncClient:
    settings = Settings(max_body_bytes=LIMIT, max_upload_bytes=UPLOAD_LIMIT, body_timeout_s=0.2)
    routes = [Route(path, length, methods=["POST"]) for path in PATHS]
    app = BodyLimit(Starlette(routes=[*routes, Route("/careless", careless, methods=["POST"])]), settings)
    return httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://localhost")


async def chunks(size: int) -> AsyncIterator[bytes]:
    for start in range(0, size, 64):
        yield b"x" * min(64, size - start)


def post(client: httpx.AsyncClient, path: str, content: Any) -> httpx.Response:
    return asyncio.run(client.post(path, content=content))


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_of_the_limit_passes_and_one_byte_more_does_not(
    client: httpx.AsyncClient, path: str, chunked: bool
) -> None:
    upload = path in PATHS[3:]
    limit = UPLOAD_LIMIT if upload else LIMIT
    fits = post(client, path, chunks(limit) if chunked else b"x" * limit)
    assert (fits.status_code, fits.json()) == (200, limit)
    refused = post(client, path, chunks(limit + 1) if chunked else b"x" * (limit + 1))
    assert refused.status_code == (400 if path in ("/translate", "/translate_file") else 413)
    field = {"/v1": "detail", "/v2": "message", "/tr": "error"}[path[:3]]
    assert str(limit) in refused.json()[field]


def test_a_route_that_swallows_the_failure_cannot_hide_it(client: httpx.AsyncClient) -> None:
    assert post(client, "/careless", b"x").text == "read"
    assert post(client, "/careless", chunks(LIMIT + 1)).status_code == 413


def test_a_body_that_does_not_come_is_given_up(client: httpx.AsyncClient) -> None:
    async def stuck() -> AsyncIterator[bytes]:
        yield b"x"
        await asyncio.sleep(20)
        yield b"y"

    assert post(client, "/v1/translate", stuck()).status_code == 408


def test_texts_and_characters_at_the_bound_and_beyond() -> None:
    settings = Settings(max_texts=3, max_characters=10)
    assert check_texts(["abc", "", "abcdefg"], settings) == 10
    for texts in (["a"] * 4, ["abcdefghijk"]):
        with pytest.raises(RequestError) as caught:
            check_texts(texts, settings)
        assert caught.value.cause is Cause.TOO_LARGE


def test_slots_are_bounded_in_all_and_for_each_key_and_come_back() -> None:
    first, second = Principal("a", "a"), Principal("b", "b")
    concurrency = Concurrency(Settings(max_concurrent=3, max_concurrent_per_key=2))
    with concurrency.slot(first):
        with concurrency.slot(first), concurrency.slot(second):
            with pytest.raises(OverloadedError), concurrency.slot(second):
                pass
            assert concurrency.running == 3
        with concurrency.slot(first), pytest.raises(RequestError), concurrency.slot(first):
            pass
    assert concurrency.running == 0
