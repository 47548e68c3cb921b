"""Bounds on what a request may bring: bytes, seconds, texts, characters, and how many run at once.

`BodyLimit` stands before everything that reads a body, so it holds for a declared length and for a chunked body alike.
"""

import asyncio
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.auth import Principal
from service.errors import Cause, RequestError, respond, route_path
from service.settings import Settings
from translator.errors import OverloadedError

UPLOAD_ROUTES: Final = ("/v1/jobs", "/v2/document", "/translate_file")
DRAIN_FACTOR: Final = 4
DRAIN_TIMEOUT_S: Final = 1.0
"""A client that is told "too large" while it still sends reads the answer only once it was heard out; this far."""


class BodyLimit:
    """ASGI middleware: 413 for a body that is too large, 408 for one that comes too slowly."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app = app
        self._settings = settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        body = _Body(receive, self._limit(route_path(scope)), self._settings.body_timeout_s)
        try:
            body.expect(_declared_length(scope))
            await self._app(scope, body.receive, body.guard(send))
        except Exception:
            if body.failure is None:
                raise
        if body.failure is not None:
            await body.drain()
            await respond(scope, body.failure)(scope, receive, send)

    def _limit(self, path: str) -> int:
        upload = path.startswith(UPLOAD_ROUTES)
        return self._settings.max_upload_bytes if upload else self._settings.max_body_bytes


class _Body:
    """The body of one request while it comes in. Once `failure` is set, the app's own answer is held back."""

    def __init__(self, receive: Receive, limit: int, timeout_s: float) -> None:
        self._receive = receive
        self._limit = limit
        self._timeout_s = timeout_s
        self._deadline: float | None = None
        self._seen = 0
        self._complete = False
        self._answered = False
        self.failure: RequestError | None = None

    def expect(self, length: int) -> None:
        if length > self._limit:
            raise self._fail(Cause.TOO_LARGE, f"the body has {length} bytes; at most {self._limit} are allowed")

    async def receive(self) -> Message:
        if self._complete:
            return await self._receive()
        loop = asyncio.get_running_loop()
        self._deadline = self._deadline or loop.time() + self._timeout_s
        try:
            async with asyncio.timeout_at(self._deadline):
                message = await self._receive()
        except TimeoutError:
            raise self._fail(Cause.SLOW_BODY, f"the body was not complete after {self._timeout_s:g} s") from None
        self._note(message)
        if self._seen > self._limit:
            raise self._fail(Cause.TOO_LARGE, f"the body has more than the {self._limit} bytes that are allowed")
        return message

    def guard(self, send: Send) -> Send:
        async def guarded(message: Message) -> None:
            if self.failure is None:
                self._answered = True
                await send(message)

        return guarded

    async def drain(self) -> None:
        """Hear the client out, within bounds, so that it reads the answer."""
        try:
            async with asyncio.timeout(DRAIN_TIMEOUT_S):
                while not self._complete and self._seen < DRAIN_FACTOR * self._limit:
                    self._note(await self._receive())
        except TimeoutError:
            return

    def _note(self, message: Message) -> None:
        self._seen += len(message.get("body", b""))
        self._complete = not message.get("more_body", False)

    def _fail(self, cause: Cause, message: str) -> RequestError:
        error = RequestError(cause, message)
        if not self._answered:
            self.failure = error
        return error


def _declared_length(scope: Scope) -> int:
    for name, value in scope["headers"]:
        if name == b"content-length" and value.isdigit():
            return int(value)
    return 0


class Concurrency:
    """How many calls run at once, in all and for each owner. Used on the event loop only."""

    def __init__(self, settings: Settings) -> None:
        self._in_all = settings.max_concurrent
        self._per_owner = settings.max_concurrent_per_key or settings.max_concurrent
        self._owners: Counter[str] = Counter()

    @property
    def running(self) -> int:
        return self._owners.total()

    @contextmanager
    def slot(self, principal: Principal) -> Iterator[None]:
        """One call of `principal`.

        Raises:
            OverloadedError: too many calls run, whoever's they are.
            RequestError: too many of this owner's run.
        """
        if self.running >= self._in_all:
            raise OverloadedError("the service has as many requests as it can take")
        if self._owners[principal.id] >= self._per_owner:
            raise RequestError(
                Cause.RATE, f"at most {self._per_owner} requests of one key may run at once", retry_after_s=1
            )
        self._owners[principal.id] += 1
        try:
            yield
        finally:
            self._owners[principal.id] -= 1
            if not self._owners[principal.id]:
                del self._owners[principal.id]


def check_texts(texts: Sequence[str], settings: Settings) -> int:
    """Characters of all texts.

    Raises:
        RequestError: more texts or characters than are allowed, or a text that is not Unicode.
    """
    if len(texts) > settings.max_texts:
        raise RequestError(Cause.TOO_LARGE, f"{len(texts)} texts; at most {settings.max_texts} are allowed")
    characters = sum(map(len, texts))
    if characters > settings.max_characters:
        raise RequestError(
            Cause.TOO_LARGE, f"{characters} characters; at most {settings.max_characters} are allowed in one request"
        )
    for index, text in enumerate(texts):
        check_unicode(text, f"text {index}")
    return characters


def check_unicode(text: str, where: str) -> None:
    """JSON can hold halves of surrogate pairs, which are no characters and could not be sent back.

    Raises:
        RequestError: there is one.
    """
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise RequestError(
            Cause.INVALID, f"{where}: half of a surrogate pair at character {error.start}; send whole characters"
        ) from None
