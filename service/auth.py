"""Who is calling: the one way from a key in a request to its owner.

Each API has its own place for the key; it takes it out and hands it to `Doorman.admit`, which also counts the request
against the rate limit. Where no key was ever made, everyone may come in from this machine, and from elsewhere only if
`PASSERELLE_OPEN` says so.
"""

import ipaddress
import time
from dataclasses import dataclass
from typing import Final

import limits
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from service.errors import Cause, RequestError
from service.settings import Settings
from service.store import ANONYMOUS, Keys

UNKNOWN_ADDRESS: Final = "unknown"


@dataclass(frozen=True, slots=True)
class Principal:
    """Whose request it is. `id` owns jobs, glossaries and usage; it is empty where no key is asked for."""

    id: str
    name: str
    rate_limit: str | None = None
    quota: int | None = None


class Doorman:
    """Keys and rate limits at the door of every route."""

    def __init__(self, settings: Settings, keys: Keys) -> None:
        self._settings = settings
        self._keys = keys
        self._windows = MovingWindowRateLimiter(MemoryStorage())

    async def admit(self, request: Request, token: str | None) -> Principal:
        """The owner of `token`.

        Raises:
            RequestError: no key, a wrong key, or more requests than the rate limit allows.
        """
        address = request.client.host if request.client else UNKNOWN_ADDRESS
        principal = await run_in_threadpool(self._identify, token, address)
        rate = principal.rate_limit or self._settings.rate_limit
        if rate is not None:
            self._count(limits.parse(rate), principal.id or address)
        return principal

    def _identify(self, token: str | None, address: str) -> Principal:
        if not self._keys.exist():
            if self._settings.open or is_loopback(address):
                return Principal(ANONYMOUS, "anonymous")
            raise RequestError(Cause.WRONG_KEY, "no key exists yet; make one with `passerelle keys add NAME`")
        if not token:
            raise RequestError(Cause.MISSING_KEY, "this service asks for an API key")
        key = self._keys.find(token)
        if key is None:
            raise RequestError(Cause.WRONG_KEY, "the API key is wrong or was revoked")
        return Principal(key.id, key.name, key.rate_limit, key.quota)

    def _count(self, rate: limits.RateLimitItem, who: str) -> None:
        if not self._windows.hit(rate, who):
            delay_s = self._windows.get_window_stats(rate, who).reset_time - time.time()
            raise RequestError(Cause.RATE, f"the rate limit is {rate}", retry_after_s=delay_s)


def is_loopback(host: str) -> bool:
    """Whether an address, or the name of a host to listen on, is this machine alone."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def bearer_token(request: Request) -> str | None:
    """The key of /v1: ``Authorization: Bearer …`` or ``X-API-Key``."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return token.strip()
    return request.headers.get("x-api-key")
