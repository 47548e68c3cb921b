"""`/v1/jobs`: whole documents, translated after the request and kept until they expire."""

import json
from functools import partial
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, File, Form, Request, Response, UploadFile
from pydantic import BaseModel, ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.responses import FileResponse

from service.api.native import Caller, Options, Using, problems
from service.jobs import Job
from translator.errors import InputError

router = APIRouter(prefix="/v1/jobs", tags=["jobs"])

UNNAMED: Final = "document.txt"
MAX_NAME_CHARACTERS: Final = 200


class JobOut(BaseModel):
    """`characters_total` is 0 until the document was read; times are Unix seconds."""

    id: str
    name: str
    format: str
    state: Literal["queued", "running", "done", "failed"]
    created: float
    finished: float | None
    characters_done: int
    characters_total: int
    error: str | None


@router.post("", status_code=202, responses=problems(408, 413))
async def create(
    request: Request,
    runtime: Using,
    caller: Caller,
    file: Annotated[UploadFile, File(description="the document")],
    format: Annotated[str, Form(description="auto (by name and content), text, html, docx, …")] = "auto",
    options: Annotated[str, Form(description="a JSON object with the options of /v1/translate")] = "{}",
) -> JobOut:
    """Queue a document."""
    await runtime.admit_document(caller)
    chosen = _options(options)
    name = safe_name(file.filename)
    job = await run_in_threadpool(runtime.jobs.create, caller.id, name, format, chosen, file.file)
    request.scope["state"]["log"] |= {"job": job.id}
    return _out(job)


@router.get("", responses=problems())
async def index(runtime: Using, caller: Caller) -> list[JobOut]:
    """The jobs of this key, newest first."""
    return [_out(job) for job in await run_in_threadpool(runtime.jobs.list, caller.id)]


@router.get("/{job_id}", responses=problems(404))
async def show(job_id: str, runtime: Using, caller: Caller) -> JobOut:
    """State and progress."""
    return _out(await run_in_threadpool(runtime.jobs.get, caller.id, job_id))


@router.get("/{job_id}/result", response_class=FileResponse, responses=problems(404, 409))
async def result(job_id: str, runtime: Using, caller: Caller) -> FileResponse:
    """The translated document."""
    job = await run_in_threadpool(runtime.jobs.get, caller.id, job_id)
    path = await run_in_threadpool(runtime.jobs.result, caller.id, job_id)
    return FileResponse(path, filename=runtime.jobs.result_name(job), content_disposition_type="attachment")


@router.delete("/{job_id}", status_code=204, response_class=Response, responses=problems(404))
async def delete(job_id: str, runtime: Using, caller: Caller) -> None:
    """Forget a job, its document and its result."""
    await run_in_threadpool(partial(runtime.jobs.delete, caller.id, job_id))


def safe_name(name: str | None) -> str:
    """The last part of an uploaded file's name, without what a file system or a header could trip over."""
    last = (name or "").replace("\\", "/").rpartition("/")[2]
    kept = "".join(character for character in last if character.isprintable()).strip(". ")
    return kept.encode("utf-8", "ignore").decode()[-MAX_NAME_CHARACTERS:] or UNNAMED


def _options(text: str) -> dict[str, Any]:
    try:
        values = Options.model_validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"])) or "options"
        raise InputError(f"options: {place}: {first['msg']}") from None
    kept: dict[str, Any] = json.loads(json.dumps(values.for_translator()))
    return kept


def _out(job: Job) -> JobOut:
    return JobOut(
        id=job.id,
        name=job.name,
        format=job.format,
        state=job.state,
        created=job.created,
        finished=job.finished,
        characters_done=job.characters if job.state == "done" else job.done,
        characters_total=job.characters if job.state == "done" else job.total,
        error=job.error,
    )
