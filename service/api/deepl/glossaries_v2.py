"""`/v2/glossaries`: a glossary of one language pair. They are the same ones as those of /v3 that have a dictionary."""

from fastapi import APIRouter, Response
from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool

from service.api.bodies import FORM, JSON, Fields, documented
from service.api.deepl.access import ERRORS, PAIR, WORDS, Caller, Using
from service.api.deepl.terms import TSV, DictionaryIn, Name, as_time, as_tsv
from service.auth import Principal
from service.errors import Cause, RequestError
from service.glossaries import NO_GLOSSARY, StoredGlossary
from service.runtime import Runtime

router = APIRouter(prefix="/v2/glossaries", tags=["deepl"], responses=ERRORS)


class GlossaryIn(Name, DictionaryIn):
    """A name, and the terms of one language pair."""


class GlossaryOut(BaseModel):
    glossary_id: str
    ready: bool
    name: str
    source_lang: str
    target_lang: str
    creation_time: str
    entry_count: int


class GlossariesOut(BaseModel):
    glossaries: list[GlossaryOut]


@router.post("", status_code=201, openapi_extra=documented(GlossaryIn, JSON, FORM))
async def create(runtime: Using, caller: Caller, fields: Fields) -> GlossaryOut:
    """Make a glossary."""
    asked = fields.parse(GlossaryIn, WORDS)

    def keep() -> StoredGlossary:
        pair, entries = asked.read()
        return runtime.glossaries.create(caller.id, asked.name, {pair: entries})

    return _out(await run_in_threadpool(keep))


@router.get("")
async def index(runtime: Using, caller: Caller) -> GlossariesOut:
    """All glossaries of this key."""
    found = await run_in_threadpool(runtime.glossaries.list, caller.id)
    return GlossariesOut(glossaries=[_out(glossary) for glossary in found if PAIR in glossary.dictionaries])


@router.get("/{glossary_id}")
async def show(glossary_id: str, runtime: Using, caller: Caller) -> GlossaryOut:
    """One glossary, without its entries."""
    return _out(await _get(runtime, caller, glossary_id))


@router.get("/{glossary_id}/entries", response_class=Response, responses={200: {"content": {TSV: {}}}})
async def entries(glossary_id: str, runtime: Using, caller: Caller) -> Response:
    """Its entries, tab-separated."""
    glossary = await _get(runtime, caller, glossary_id)
    return Response(as_tsv(glossary.dictionaries[PAIR]), media_type=TSV)


@router.delete("/{glossary_id}", status_code=204, response_class=Response)
async def delete(glossary_id: str, runtime: Using, caller: Caller) -> None:
    """Forget a glossary."""
    await run_in_threadpool(runtime.glossaries.delete, caller.id, glossary_id)


async def _get(runtime: Runtime, caller: Principal, glossary_id: str) -> StoredGlossary:
    glossary = await run_in_threadpool(runtime.glossaries.get, caller.id, glossary_id)
    if PAIR not in glossary.dictionaries:
        raise RequestError(Cause.UNKNOWN, NO_GLOSSARY)
    return glossary


def _out(glossary: StoredGlossary) -> GlossaryOut:
    source, target = PAIR
    return GlossaryOut(
        glossary_id=glossary.id,
        ready=True,
        name=glossary.name,
        source_lang=source,
        target_lang=target,
        creation_time=as_time(glossary.created),
        entry_count=len(glossary.dictionaries[PAIR]),
    )
