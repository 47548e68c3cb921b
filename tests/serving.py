"""A real server on loopback, with the shipped model behind a valve that tests may shut."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, Protocol

import httpx
import uvicorn

from service.app import create_app
from service.connections import Connection
from service.runtime import Runtime
from service.settings import Settings
from translator import Translator
from translator.engines import Batch, Decoding, Engine, Hypotheses

PATIENCE_S = 30


class Valve:
    """The real engine; while the valve is shut, batches wait before it. Closing it leaves the engine open."""

    def __init__(self, engine: Engine) -> None:
        self.description = engine.description
        self.workers = engine.workers
        self.batches = 0
        self.broken = False
        self._engine = engine
        self._open = threading.Event()
        self._open.set()
        self._executor = ThreadPoolExecutor(engine.workers)

    def width(self, pieces: int) -> int:
        return self._engine.width(pieces)

    def shut(self) -> None:
        self._open.clear()

    def open(self) -> None:
        self._open.set()

    def submit(self, batch: Batch, decoding: Decoding) -> "Future[list[Hypotheses]]":
        self.batches += 1
        return self._executor.submit(self._pass, batch, decoding)

    def _pass(self, batch: Batch, decoding: Decoding) -> list[Hypotheses]:
        assert self._open.wait(PATIENCE_S)
        if self.broken:
            raise RuntimeError("the engine is out of order")
        return self._engine.submit(batch, decoding).result()

    def close(self) -> None:
        self._executor.shutdown()


class Served:
    """A running server, and a client of it."""

    def __init__(self, runtime: Runtime, valve: Valve, url: str) -> None:
        self.runtime = runtime
        self.valve = valve
        self.url = url
        self.client = httpx.Client(base_url=url, timeout=PATIENCE_S)

    def wait_for(self, condition: Callable[[], bool]) -> None:
        deadline = time.monotonic() + PATIENCE_S
        while not condition():
            assert time.monotonic() < deadline
            time.sleep(0.01)


class Serve(Protocol):
    """Starts a server with these settings; it ends with the test."""

    def __call__(self, **settings: Any) -> Served: ...


@contextmanager
def served(translator: Translator, settings: Settings) -> Iterator[Served]:
    """A server in a thread of this process, ready when the block begins, stopped when it ends."""
    valve = Valve(translator.engine)
    app = create_app(settings=settings, load=lambda: translator.with_engine(valve))
    config = uvicorn.Config(
        app,
        http=Connection,
        port=0,
        log_config=None,
        ws="none",
        proxy_headers=False,
        # A request that never ends must fail its test, not stop the run.
        timeout_graceful_shutdown=PATIENCE_S,
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            assert thread.is_alive()
            time.sleep(0.005)
        port = server.servers[0].sockets[0].getsockname()[1]
        running = Served(app.state.runtime, valve, f"http://127.0.0.1:{port}")
        running.wait_for(lambda: running.client.get("/health/ready").status_code == 200)
        yield running
        running.client.close()
    finally:
        valve.open()
        server.should_exit = True
        thread.join()
