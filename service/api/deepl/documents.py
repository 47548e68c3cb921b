"""`/v2/document`: whole documents, as jobs. The document key is a secret of the job; the result can be fetched once."""

import time
from collections.abc import Mapping
from math import ceil
from typing import Any, Final, Literal

from fastapi import APIRouter, Request
from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool
from starlette.responses import FileResponse

from service.api.bodies import FORM, JSON, UPLOAD, Body, Fields, documented
from service.api.deepl import memories
from service.api.deepl.access import ERRORS, PAIR, WORDS, Caller, Using
from service.api.deepl.choices import Choices
from service.api.handover import hand_over, held_by, queue, secret_of, settled
from service.auth import Principal
from service.errors import Cause, RequestError
from service.jobs import Job, JobState
from service.runtime import Runtime

State = Literal["queued", "translating", "done", "error"]

router = APIRouter(prefix="/v2/document", tags=["deepl"], responses=ERRORS)

STATUS_PATIENCE_S: Final = 2.0
"""DeepL's clients ask every 5 s; an answer that waits this long tells them of most documents at the first question."""
STATES: Final[Mapping[JobState, State]] = {
    "queued": "queued",
    "running": "translating",
    "done": "done",
    "failed": "error",
}


class DocumentIn(Choices):
    """`filename` is for uploads that have none of their own."""

    filename: str | None = None
    output_format: str | None = None


class KeyIn(BaseModel):
    document_key: str


class DocumentOut(BaseModel):
    document_id: str
    document_key: str


class StatusOut(BaseModel):
    """`seconds_remaining` is only there while `translating`, and once there is something to reckon from."""

    document_id: str
    status: State
    seconds_remaining: int | None = None
    billed_characters: int | None = None
    error_message: str | None = None


@router.post("", openapi_extra=documented(DocumentIn, UPLOAD, file=True))
async def upload(request: Request, runtime: Using, caller: Caller, fields: Fields) -> DocumentOut:
    """Queue a document."""
    asked = fields.parse(DocumentIn, WORDS)
    file = fields.files.get("file")
    if file is None:
        raise RequestError(Cause.INVALID, WORDS.missing.format(name="file"))
    memories.check(runtime, caller, asked.translation_memory_id)
    options: dict[str, Any] = {}
    if asked.glossaries:
        options["glossary"] = await run_in_threadpool(runtime.glossaries.merged, caller.id, asked.glossaries, PAIR)
    job = await queue(runtime, caller, file, options, name=asked.filename, output=asked.output_format)
    request.scope["state"]["log"] |= {"job": job.id}
    return DocumentOut(document_id=job.id, document_key=secret_of(runtime, job.id))


@router.post("/{document_id}", response_model_exclude_none=True, openapi_extra=documented(KeyIn, JSON, FORM))
async def status(document_id: str, runtime: Using, caller: Caller, fields: Fields) -> StatusOut:
    """How far it is; waits a little where it may soon be done."""
    job = await settled(runtime, await _job(document_id, runtime, caller, fields), STATUS_PATIENCE_S)
    return StatusOut(
        document_id=job.id,
        status=STATES[job.state],
        seconds_remaining=_seconds_remaining(job) if job.state == "running" and job.done else None,
        billed_characters=job.characters if job.state == "done" else None,
        error_message=job.error,
    )


@router.post("/{document_id}/result", response_class=FileResponse, openapi_extra=documented(KeyIn, JSON, FORM))
async def result(document_id: str, runtime: Using, caller: Caller, fields: Fields) -> FileResponse:
    """The translated document, once: it is forgotten when it was fetched."""
    return await hand_over(runtime, await _job(document_id, runtime, caller, fields))


async def _job(document_id: str, runtime: Runtime, caller: Principal, fields: Body) -> Job:
    return await held_by(runtime, document_id, fields.parse(KeyIn, WORDS).document_key, owner=caller.id)


def _seconds_remaining(job: Job) -> int:
    """From the characters done since the job was made."""
    return max(1, ceil((time.time() - job.created) * (job.total - job.done) / job.done))
