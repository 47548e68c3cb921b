"""`/v3/glossaries`: glossaries that can be edited, one dictionary for each language pair (of which there is one)."""

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field
from starlette.concurrency import run_in_threadpool

from service.api.bodies import FORM, JSON, Fields, documented
from service.api.deepl.access import ERRORS, WORDS, Caller, Using, glossary_pair
from service.api.deepl.terms import MAX_NAME_CHARACTERS, DictionaryIn, Name, as_time, as_tsv
from service.errors import Cause, RequestError
from service.glossaries import NO_DICTIONARY, Pair, StoredGlossary

router = APIRouter(prefix="/v3/glossaries", tags=["deepl"], responses=ERRORS)


class MultilingualGlossaryIn(Name):
    """A name and dictionaries, each of another language pair."""

    dictionaries: list[DictionaryIn] = Field(min_length=1)


class ChangesIn(BaseModel):
    """A new name, and entries to add to those that are there; of the same term, the new target stays."""

    name: str | None = Field(None, min_length=1, max_length=MAX_NAME_CHARACTERS)
    dictionaries: list[DictionaryIn] = []


class DictionaryInfo(BaseModel):
    source_lang: str
    target_lang: str
    entry_count: int


class MultilingualGlossaryOut(BaseModel):
    glossary_id: str
    name: str
    dictionaries: list[DictionaryInfo]
    creation_time: str


class MultilingualGlossariesOut(BaseModel):
    glossaries: list[MultilingualGlossaryOut]


class DictionaryOut(BaseModel):
    source_lang: str
    target_lang: str
    entries: str
    entries_format: str = "tsv"


class DictionariesOut(BaseModel):
    dictionaries: list[DictionaryOut]


@router.post("", status_code=201, openapi_extra=documented(MultilingualGlossaryIn, JSON))
async def create(runtime: Using, caller: Caller, fields: Fields) -> MultilingualGlossaryOut:
    """Make a glossary."""
    asked = fields.parse(MultilingualGlossaryIn, WORDS)

    def keep() -> StoredGlossary:
        return runtime.glossaries.create(caller.id, asked.name, _read(asked.dictionaries))

    return _out(await run_in_threadpool(keep))


@router.get("")
async def index(runtime: Using, caller: Caller) -> MultilingualGlossariesOut:
    """All glossaries of this key."""
    found = await run_in_threadpool(runtime.glossaries.list, caller.id)
    return MultilingualGlossariesOut(glossaries=[_out(glossary) for glossary in found])


@router.get("/{glossary_id}")
async def show(glossary_id: str, runtime: Using, caller: Caller) -> MultilingualGlossaryOut:
    """One glossary, without its entries."""
    return _out(await run_in_threadpool(runtime.glossaries.get, caller.id, glossary_id))


@router.patch("/{glossary_id}", openapi_extra=documented(ChangesIn, JSON))
async def change(glossary_id: str, runtime: Using, caller: Caller, fields: Fields) -> MultilingualGlossaryOut:
    """Rename a glossary, or add entries to a dictionary, which is made where it is missing."""
    asked = fields.parse(ChangesIn, WORDS)
    glossaries = runtime.glossaries

    def keep() -> StoredGlossary:
        changes = _read(asked.dictionaries)
        with runtime.store.transaction():
            known = glossaries.get(caller.id, glossary_id).dictionaries
            for pair, entries in changes.items():
                glossaries.put(caller.id, glossary_id, pair, {**known.get(pair, {}), **entries})
            if asked.name is not None:
                glossaries.rename(caller.id, glossary_id, asked.name)
            return glossaries.get(caller.id, glossary_id)

    return _out(await run_in_threadpool(keep))


@router.delete("/{glossary_id}", status_code=204, response_class=Response)
async def delete(glossary_id: str, runtime: Using, caller: Caller) -> None:
    """Forget a glossary."""
    await run_in_threadpool(runtime.glossaries.delete, caller.id, glossary_id)


@router.get("/{glossary_id}/entries")
async def entries(
    glossary_id: str, source_lang: str, target_lang: str, runtime: Using, caller: Caller
) -> DictionariesOut:
    """The entries of one dictionary, tab-separated."""
    pair = glossary_pair(source_lang, target_lang)
    glossary = await run_in_threadpool(runtime.glossaries.get, caller.id, glossary_id)
    if pair not in glossary.dictionaries:
        raise RequestError(Cause.UNKNOWN, NO_DICTIONARY)
    source, target = pair
    found = DictionaryOut(source_lang=source, target_lang=target, entries=as_tsv(glossary.dictionaries[pair]))
    return DictionariesOut(dictionaries=[found])


@router.put("/{glossary_id}/dictionaries", openapi_extra=documented(DictionaryIn, JSON, FORM))
async def replace(glossary_id: str, runtime: Using, caller: Caller, fields: Fields) -> DictionaryInfo:
    """Set or replace one dictionary."""
    asked = fields.parse(DictionaryIn, WORDS)

    def keep() -> DictionaryInfo:
        pair, found = asked.read()
        runtime.glossaries.put(caller.id, glossary_id, pair, found)
        return _info(pair, len(found))

    return await run_in_threadpool(keep)


@router.delete("/{glossary_id}/dictionaries", status_code=204, response_class=Response)
async def drop(glossary_id: str, source_lang: str, target_lang: str, runtime: Using, caller: Caller) -> None:
    """Remove one dictionary."""
    pair = glossary_pair(source_lang, target_lang)
    await run_in_threadpool(runtime.glossaries.drop, caller.id, glossary_id, pair)


def _read(dictionaries: list[DictionaryIn]) -> dict[Pair, dict[str, str]]:
    read = [dictionary.read() for dictionary in dictionaries]
    if len(dict(read)) < len(read):
        raise RequestError(Cause.INVALID, "a glossary has one dictionary for each language pair")
    return dict(read)


def _info(pair: Pair, count: int) -> DictionaryInfo:
    return DictionaryInfo(source_lang=pair[0], target_lang=pair[1], entry_count=count)


def _out(glossary: StoredGlossary) -> MultilingualGlossaryOut:
    return MultilingualGlossaryOut(
        glossary_id=glossary.id,
        name=glossary.name,
        dictionaries=[_info(pair, len(found)) for pair, found in glossary.dictionaries.items()],
        creation_time=as_time(glossary.created),
    )
