"""Connections that ask nothing are closed, those at work are not, and what is no HTTP ends its own request only."""

import asyncio
import socket
import threading
import time
from collections.abc import Iterator

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from service.connections import Connection

PATIENCE_S = 20
KEEP_ALIVE_S = 1
SLOW_S = 2.5 * KEEP_ALIVE_S


async def slow(request: Request) -> PlainTextResponse:
    await asyncio.sleep(SLOW_S)
    return PlainTextResponse("done")


async def body(request: Request) -> PlainTextResponse:
    try:
        return PlainTextResponse(str(len(await request.body())))
    except ClientDisconnect:
        return PlainTextResponse("nobody reads this")


@pytest.fixture
def port() -> Iterator[int]:
    app = Starlette(routes=[Route("/slow", slow), Route("/body", body, methods=["POST"])])
    config = uvicorn.Config(
        app, port=0, log_config=None, ws="none", http=Connection, timeout_keep_alive=KEEP_ALIVE_S, lifespan="off"
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    deadline = time.monotonic() + PATIENCE_S
    while not server.started:
        assert time.monotonic() < deadline
        time.sleep(0.005)
    yield server.servers[0].sockets[0].getsockname()[1]
    server.should_exit = True
    thread.join(PATIENCE_S)


def connect(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S)


def test_a_header_that_comes_a_byte_at_a_time_is_not_waited_for(port: int) -> None:
    with connect(port) as loris:
        loris.sendall(b"GET /slow HTTP/1.1\r\nX-Slow: ")
        loris.settimeout(0.1)
        deadline = time.monotonic() + PATIENCE_S
        while True:
            assert time.monotonic() < deadline
            try:
                loris.sendall(b"a")
                if not loris.recv(1):
                    break
            except TimeoutError:
                continue
            except ConnectionError:
                break


def test_a_connection_that_asks_nothing_is_closed(port: int) -> None:
    with connect(port) as idle:
        assert idle.recv(1) == b""


def test_a_request_at_work_is_waited_for(port: int) -> None:
    with connect(port) as busy:
        busy.sendall(b"GET /slow HTTP/1.1\r\nHost: x\r\n\r\n")
        assert busy.recv(100).startswith(b"HTTP/1.1 200")


def test_a_body_that_is_no_http_is_refused_and_nothing_fails(port: int, caplog: pytest.LogCaptureFixture) -> None:
    head = b"POST /body HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    for chunks in (b"zz\r\nabc\r\n", b"3\r\nabcdef\r\n0\r\n\r\n", b"-1\r\n"):
        with connect(port) as broken:
            broken.sendall(head + chunks)
            assert broken.recv(100).startswith(b"HTTP/1.1 400")
    with connect(port) as whole:
        whole.sendall(head + b"3\r\nabc\r\n0\r\n\r\n")
        assert whole.recv(100).startswith(b"HTTP/1.1 200")
    assert [record.message for record in caplog.records if record.levelname in ("ERROR", "CRITICAL")] == []
