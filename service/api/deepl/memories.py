"""`/v3/translation_memories`: the one memory of a key, where the service has one at all.

It fills itself, and it holds translations under hashes of their sources: it can be seen and named in a request, but
not listed, exported or deleted.
"""

import hmac
from typing import Final
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool

from service.api.deepl.access import ERRORS, PAIR, Caller, Using
from service.auth import Principal
from service.errors import Cause, RequestError
from service.runtime import Runtime

router = APIRouter(prefix="/v3/translation_memories", tags=["deepl"], responses=ERRORS)

UNKNOWN: Final = "Translation memory not found"


class MemoryOut(BaseModel):
    """`segment_count` is that of the whole service: what belongs to which key is not counted."""

    translation_memory_id: str
    name: str
    source_language: str
    target_languages: list[str]
    segment_count: int


class MemoriesOut(BaseModel):
    translation_memories: list[MemoryOut]
    total_count: int


@router.get("")
async def index(runtime: Using, caller: Caller, page: int = 0) -> MemoriesOut:
    """The memory of this key, on the first page."""
    found = [await run_in_threadpool(_out, runtime, caller)] if runtime.memory is not None else []
    return MemoriesOut(translation_memories=found if page == 0 else [], total_count=len(found))


@router.get("/{memory_id}")
async def show(memory_id: str, runtime: Using, caller: Caller) -> MemoryOut:
    """The memory of this key."""
    check(runtime, caller, memory_id)
    return await run_in_threadpool(_out, runtime, caller)


def check(runtime: Runtime, caller: Principal, memory_id: str | None) -> None:
    """Refuse to work with a memory that the caller has not.

    Raises:
        RequestError: unknown.
    """
    known = runtime.memory is not None and memory_id == _identity(runtime, caller)
    if memory_id is not None and not known:
        raise RequestError(Cause.UNKNOWN, UNKNOWN)


def _identity(runtime: Runtime, caller: Principal) -> str:
    digest = hmac.digest(runtime.store.hash_key, f"translation memory of {caller.id}".encode(), "sha256")
    return str(UUID(bytes=digest[:16], version=4))


def _out(runtime: Runtime, caller: Principal) -> MemoryOut:
    assert runtime.memory is not None
    return MemoryOut(
        translation_memory_id=_identity(runtime, caller),
        name="Passerelle",
        source_language=PAIR[0],
        target_languages=[PAIR[1]],
        segment_count=len(runtime.memory.store),
    )
