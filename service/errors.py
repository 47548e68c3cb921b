"""What goes wrong, and how each API says it: one table from causes to statuses, one body for each family of routes.

Raise a `RequestError` (or any error of `translator.errors`) anywhere below a route. Texts of users are never logged,
and never repeated in an answer beyond the names of fields.
"""

import http
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import ceil
from typing import Any, Final

from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Scope

from translator.errors import (
    CancelledError,
    DeadlineError,
    InputError,
    MissingExtraError,
    OverloadedError,
    PasserelleError,
)

MAX_MESSAGE_CHARACTERS: Final = 500


class Cause(StrEnum):
    """Why a request fails; its value is also the end of the problem's `type` in /v1 and the label in the metrics."""

    MISSING_KEY = "missing-key"
    WRONG_KEY = "wrong-key"
    INVALID = "invalid"
    TOO_LARGE = "too-large"
    UNKNOWN = "unknown"
    NOT_OFFERED = "not-offered"
    NOT_READY = "not-ready"
    QUOTA = "quota"
    RATE = "rate"
    OVERLOADED = "overloaded"
    DEADLINE = "deadline"
    SLOW_BODY = "slow-body"
    METHOD = "method"
    GONE = "client-gone"
    FAULT = "fault"


CLIENT_GONE: Final = 499
"""Nobody reads this status; it marks the log line."""

#                       /v1  /v2  LibreTranslate
STATUSES: Final[Mapping[Cause, tuple[int, int, int]]] = {
    Cause.MISSING_KEY: (401, 403, 400),
    Cause.WRONG_KEY: (403, 403, 403),
    Cause.INVALID: (422, 400, 400),
    Cause.TOO_LARGE: (413, 413, 400),
    Cause.UNKNOWN: (404, 404, 404),
    Cause.NOT_OFFERED: (403, 403, 403),
    Cause.NOT_READY: (409, 503, 409),
    Cause.QUOTA: (429, 456, 429),
    Cause.RATE: (429, 429, 429),
    Cause.OVERLOADED: (503, 503, 503),
    Cause.DEADLINE: (504, 504, 504),
    Cause.SLOW_BODY: (408, 408, 408),
    Cause.METHOD: (405, 405, 405),
    Cause.GONE: (CLIENT_GONE, CLIENT_GONE, CLIENT_GONE),
    Cause.FAULT: (500, 500, 500),
}

_CAUSES_OF_STATUS: Final = {
    400: Cause.INVALID,
    404: Cause.UNKNOWN,
    405: Cause.METHOD,
    413: Cause.TOO_LARGE,
    422: Cause.INVALID,
    499: Cause.GONE,
}


class RequestError(PasserelleError):
    """A request that cannot be served, for a cause that the table knows."""

    def __init__(self, cause: Cause, message: str, *, retry_after_s: float | None = None) -> None:
        super().__init__(message)
        self.cause = cause
        self.retry_after_s = retry_after_s


class Family(StrEnum):
    """The APIs, by how they speak of errors."""

    NATIVE = "native"
    DEEPL = "deepl"
    LIBRETRANSLATE = "libretranslate"


_FAMILIES: Final = tuple(Family)
_LIBRETRANSLATE_ROUTES: Final = frozenset(
    {"translate", "detect", "translate_file", "download_file", "languages", "frontend", "suggest", "health"}
)


@dataclass(frozen=True, slots=True)
class Problem:
    """One error, ready to be told."""

    cause: Cause
    message: str
    retry_after_s: float | None = None
    fields: tuple[tuple[str, str], ...] = ()
    headers: Mapping[str, str] | None = None


def route_path(scope: Scope) -> str:
    """The path of the request without the root path that a proxy added."""
    path: str = scope["path"]
    root: str = scope.get("root_path", "")
    return path.removeprefix(root) if root and path.startswith(root + "/") else path


def family_of(path: str) -> Family:
    """Which API a path belongs to; what belongs to none speaks as /v1."""
    first, _, rest = path.removeprefix("/").partition("/")
    if first in ("v2", "v3"):
        return Family.DEEPL
    if first in _LIBRETRANSLATE_ROUTES and (first != "health" or not rest):
        return Family.LIBRETRANSLATE
    return Family.NATIVE


def problem_of(error: BaseException) -> Problem:
    """What to tell about an error; nothing of a fault of ours but that it happened."""
    match error:
        case RequestError():
            return Problem(error.cause, str(error), error.retry_after_s)
        case InputError() | MissingExtraError():
            return Problem(Cause.INVALID, str(error))
        case OverloadedError():
            return Problem(Cause.OVERLOADED, str(error), error.retry_after_s)
        case DeadlineError():
            return Problem(Cause.DEADLINE, str(error))
        case CancelledError():
            return Problem(Cause.GONE, str(error))
        case RequestValidationError():
            return _invalid(error.errors())
        case HTTPException():
            cause = _CAUSES_OF_STATUS.get(error.status_code, Cause.FAULT)
            return Problem(cause, str(error.detail), headers=error.headers)
    return Problem(Cause.FAULT, "the service has failed; the log has the reason under this request's id")


def _invalid(details: Sequence[Mapping[str, Any]]) -> Problem:
    fields = []
    for detail in details:
        place = ".".join(str(part) for part in detail["loc"] if part != "body") or "body"
        fields.append((place, str(detail["msg"]).removeprefix("Value error, ")))
    return Problem(Cause.INVALID, "; ".join(f"{place}: {message}" for place, message in fields), fields=tuple(fields))


def status_of(problem: Problem, family: Family) -> int:
    return STATUSES[problem.cause][_FAMILIES.index(family)]


def body_of(problem: Problem, family: Family, *, request_id: str = "") -> dict[str, Any]:
    """The body of the answer: RFC 9457 for /v1, one field for the others."""
    message = problem.message[:MAX_MESSAGE_CHARACTERS]
    if family is Family.DEEPL:
        return {"message": message}
    if family is Family.LIBRETRANSLATE:
        return {"error": message}
    status = status_of(problem, family)
    title = "Client Closed Request" if status == CLIENT_GONE else http.HTTPStatus(status).phrase
    body: dict[str, Any] = {
        "type": f"urn:passerelle:error:{problem.cause}",
        "title": title,
        "status": status,
        "detail": message,
        "request_id": request_id,
    }
    if problem.fields:
        body["errors"] = [{"field": place, "message": text} for place, text in problem.fields]
    return body


def respond(scope: Scope, error: BaseException) -> Response:
    """The answer to a failed request, in the words of the API that its path belongs to."""
    family = family_of(route_path(scope))
    problem = problem_of(error)
    scope.setdefault("state", {})["cause"] = problem.cause
    headers = dict(problem.headers or {})
    if problem.retry_after_s is not None:
        headers["Retry-After"] = str(max(1, ceil(problem.retry_after_s)))
    if problem.cause is Cause.MISSING_KEY and family is Family.NATIVE:
        headers["WWW-Authenticate"] = "Bearer"
    body = body_of(problem, family, request_id=scope["state"].get("request_id", ""))
    return Response(
        # ASCII only: what could not be read as Unicode may stand in the name of a field.
        json.dumps(body),
        status_of(problem, family),
        headers,
        "application/problem+json" if family is Family.NATIVE else "application/json",
    )


async def handle(request: Request, error: Exception) -> Response:
    """The exception handler of all routes."""
    return respond(request.scope, error)
