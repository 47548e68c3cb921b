"""What surrounds every request: an id, one log line, the metrics, security headers, and an answer whatever fails."""

import logging
import re
import secrets
import time
from typing import Any, Final

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service import errors
from service.errors import CLIENT_GONE, Cause
from service.logs import LOGGER
from service.metrics import Metrics

REQUEST_ID_HEADER: Final = "X-Request-ID"
_USABLE_ID: Final = re.compile(r"[A-Za-z0-9._-]{1,64}")
_SECURITY_HEADERS: Final = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
}
UNKNOWN_ROUTE: Final = "(none)"

_log = logging.getLogger(f"{LOGGER}.request")


class RequestContext:
    """ASGI middleware, outermost. ``scope["state"]`` gets `request_id`; routes may add fields of the log line there
    under `log` (numbers and names of ours only)."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        state: dict[str, Any] = scope.setdefault("state", {})
        state["request_id"] = _request_id(scope)
        state["log"] = {}
        began = time.monotonic()
        status = 0

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                headers[REQUEST_ID_HEADER] = state["request_id"]
                for name, value in _SECURITY_HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        try:
            await self._app(scope, receive, answer)
        except Exception as error:
            _log.error("fault", exc_info=error, extra={"request_id": state["request_id"]})
            if status:
                raise  # half an answer is out: only closing the connection tells the client
            await errors.respond(scope, error)(scope, receive, answer)
        finally:
            self._finish(scope, state, status or CLIENT_GONE, time.monotonic() - began)

    def _finish(self, scope: Scope, state: dict[str, Any], status: int, seconds: float) -> None:
        route = getattr(scope.get("route"), "path", UNKNOWN_ROUTE)
        cause = state.get("cause", Cause.GONE if status == CLIENT_GONE else None)
        method = scope["method"] if route != UNKNOWN_ROUTE else "(any)"
        self._metrics.request_finished(method, route, status, seconds, cause)
        fields = {
            "request_id": state["request_id"],
            "method": method,
            "route": route,
            "status": status,
            "ms": round(seconds * 1000, 1),
            "cause": cause,
        }
        _log.info("request", extra={name: value for name, value in fields.items() if value is not None} | state["log"])


def _request_id(scope: Scope) -> str:
    """The caller's id where it is harmless to repeat, else a new one."""
    for name, value in scope["headers"]:
        if name == REQUEST_ID_HEADER.lower().encode() and _USABLE_ID.fullmatch(text := value.decode("latin-1")):
            return str(text)
    return secrets.token_hex(8)
