"""Documents of the compatible APIs: jobs whose result is fetched once, by whoever holds a secret of the job.

Their clients cannot delete anything, so that a result goes when it was handed over.
"""

import asyncio
import contextlib
import hmac
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, Final

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.responses import FileResponse
from starlette.types import Message, Receive, Scope, Send

from service.api.jobs import safe_name
from service.auth import Principal
from service.errors import Cause, RequestError
from service.jobs import Job
from service.runtime import Runtime
from translator.formats import FORMATS, HEAD_BYTES, detect_format

FIRST_POLL_S: Final = 0.02
MAX_POLL_S: Final = 0.5
HTTP_OK: Final = 200
UNKNOWN: Final = "Document not found"


async def queue(
    runtime: Runtime,
    caller: Principal,
    file: UploadFile,
    options: dict[str, Any],
    *,
    name: str | None = None,
    output: str | None = None,
) -> Job:
    """Make a job of an upload; the format is known by its name and content.

    Args:
        name: in place of the upload's own.
        output: the extension that the result must have, without its dot.

    Raises:
        DocumentError: it is of no format that is known.
        RequestError: its result would have another extension.
        RequestError, OverloadedError: as `Runtime.admit_document` and `Jobs.create`.
    """
    await runtime.admit_document(caller)
    safe = safe_name(name or file.filename)
    format = detect_format(safe, await file.read(HEAD_BYTES))
    await file.seek(0)
    written = FORMATS[FORMATS[format].output or format]
    if output is not None and f".{output.lower()}" not in written.extensions:
        raise RequestError(
            Cause.INVALID, f"output_format not supported; for this document it can be {written.extensions[0][1:]}"
        )
    return await run_in_threadpool(runtime.jobs.create, caller.id, safe, format, options, file.file)


async def settled(runtime: Runtime, job: Job, patience_s: float) -> Job:
    """The job once it is done or failed, or as it is when the patience ends."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + patience_s
    delay = FIRST_POLL_S
    while job.state in ("queued", "running") and loop.time() < deadline:
        await asyncio.sleep(delay)
        delay = min(2 * delay, MAX_POLL_S)
        job = await run_in_threadpool(runtime.jobs.get, job.owner, job.id)
    return job


def secret_of(runtime: Runtime, identity: str) -> str:
    """What only the one who sent the document was told; 256 bits."""
    return hmac.digest(runtime.store.hash_key, f"job {identity}".encode("utf-8", "replace"), "sha256").hex()


async def held_by(runtime: Runtime, identity: str, secret: str, *, owner: str | None = None) -> Job:
    """The job of whoever knows its secret, and is its `owner` if that is given.

    Raises:
        RequestError: unknown, whether the id or the secret is wrong.
    """

    def find() -> Job | None:
        with contextlib.suppress(RequestError):
            return runtime.jobs.get(runtime.jobs.owner_of(identity) if owner is None else owner, identity)
        return None

    right = hmac.compare_digest(secret_of(runtime, identity).encode(), secret.encode("utf-8", "replace"))
    job = await run_in_threadpool(find)
    if job is None or not right:
        raise RequestError(Cause.UNKNOWN, UNKNOWN)
    return job


async def hand_over(runtime: Runtime, job: Job) -> FileResponse:
    """The translated document; the job is forgotten once all of it was sent.

    Raises:
        RequestError: it is not ready, or the job failed.
    """
    path = await run_in_threadpool(runtime.jobs.result, job.owner, job.id)
    return OnceSent(path, runtime.jobs.result_name(job), partial(_forget, runtime, job))


def _forget(runtime: Runtime, job: Job) -> None:
    with contextlib.suppress(RequestError):  # fetched twice at once
        runtime.jobs.delete(job.owner, job.id)


class OnceSent(FileResponse):
    """Calls `done` when the whole file was sent: not for a part of it, nor when the client hung up."""

    def __init__(self, path: Path, name: str, done: Callable[[], None]) -> None:
        super().__init__(path, filename=name, content_disposition_type="attachment")
        self._done = done

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        all_of_it = sent = False

        async def watched(message: Message) -> None:
            nonlocal all_of_it, sent
            if message["type"] == "http.response.start":
                all_of_it = message["status"] == HTTP_OK and scope["method"] != "HEAD"
            await send(message)
            if message["type"] == "http.response.body" and not message.get("more_body", False):
                sent = all_of_it

        await super().__call__(scope, receive, watched)
        if sent:
            await run_in_threadpool(self._done)
