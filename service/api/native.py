"""`/v1`: translate and stream, in the library's own words."""

import json
from bisect import bisect_left
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing
from dataclasses import asdict, replace
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, ConfigDict, Field, field_validator
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from service.auth import Principal, bearer_token
from service.errors import Family, body_of, problem_of
from service.limits import check_texts, check_unicode
from service.runtime import Runtime, runtime_of
from translator.document import Lines, Segment, Translation
from translator.errors import InputError
from translator.options import MAX_BEAM
from translator.pipeline import Translator

router = APIRouter(prefix="/v1", tags=["translate"])

MAX_GLOSSARY_TERMS: Final = 10_000
MAX_ALTERNATIVES: Final = 4

Using = Annotated[Runtime, Depends(runtime_of)]


async def admit(request: Request, runtime: Using) -> Principal:
    """The owner of the key that /v1 carries."""
    return await runtime.doorman.admit(request, bearer_token(request))


Caller = Annotated[Principal, Depends(admit)]


class Options(BaseModel):
    """How to translate; the same in every route of /v1."""

    model_config = ConfigDict(extra="forbid")

    source_lang: Literal["fr"] = "fr"
    target_lang: Literal["en"] = "en"
    lines: Lines = Field("auto", description="what a line break means: a boundary, a space, or decided by paragraph")
    split_sentences: bool = True
    beam_size: int = Field(4, ge=1, le=MAX_BEAM)
    entities: bool = Field(True, description="find, verify and repair names, numbers and codes")
    typography: bool = Field(True, description="typographic quotes, spaces and numbers in the English")
    glossary: dict[str, str] = Field({}, max_length=MAX_GLOSSARY_TERMS, description="source term to target term")

    @field_validator("glossary")
    @classmethod
    def _unicode(cls, value: dict[str, str]) -> dict[str, str]:
        for terms in value.items():
            for term in terms:
                check_unicode(term, "glossary")
        return value

    def for_translator(self) -> dict[str, Any]:
        """The keywords of `Translator`."""
        values = self.model_dump(
            include={"lines", "split_sentences", "beam_size", "entities", "typography", "alternatives"}
        )
        return values | {"glossary": self.glossary or None}


class StreamRequest(Options):
    """A text, or several, to be streamed."""

    text: str | list[str]
    offset_unit: Literal["codepoint", "utf16"] = Field("codepoint", description="unit of all offsets in the answer")

    @property
    def texts(self) -> list[str]:
        return [self.text] if isinstance(self.text, str) else self.text


class TranslateRequest(StreamRequest):
    """A text, or several."""

    format: Literal["text", "html"] = "text"
    details: bool = Field(False, description="segments with offsets, scores and entities; text only")
    alternatives: int = Field(0, ge=0, le=MAX_ALTERNATIVES, description="further hypotheses of each segment")


class EntityOut(BaseModel):
    """Source offsets are in the text of the request, target offsets in the segment's target."""

    text: str
    label: str
    start: int
    end: int
    target: str | None
    target_start: int | None
    target_end: int | None
    status: Literal["kept", "translated", "repaired", "lost"]


class SegmentOut(BaseModel):
    """`score` is the length-normalised log-probability, null where no model was asked."""

    index: int
    source: str
    target: str
    start: int
    end: int
    separator: str
    score: float | None
    status: Literal["translated", "copied", "degenerate"]
    entities: list[EntityOut]
    alternatives: list[str]


class TranslationOut(BaseModel):
    text: str
    segments: list[SegmentOut] | None = None


class TranslateResponse(BaseModel):
    translations: list[TranslationOut]
    model: str
    characters: int


class ProblemOut(BaseModel):
    """RFC 9457."""

    type: str
    title: str
    status: int
    detail: str
    request_id: str
    errors: list[dict[str, str]] | None = None


PROBLEMS: Final[dict[int | str, dict[str, Any]]] = {
    status: {
        "model": ProblemOut,
        "description": description,
        "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/ProblemOut"}}},
    }
    for status, description in {
        401: "no API key",
        403: "the API key is wrong",
        404: "nothing of this id",
        408: "the body came too slowly",
        409: "the result is not ready",
        413: "too many bytes, texts or characters",
        422: "a field is wrong",
        429: "rate limit or quota; see Retry-After",
        503: "overloaded, starting or shutting down; see Retry-After",
        504: "the time limit passed",
    }.items()
}


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The documented errors of a route, besides those of every route."""
    return {status: PROBLEMS[status] for status in (401, 403, 422, 429, 503, *statuses)}


@router.post("/translate", responses=problems(408, 413, 504), response_model_exclude_none=False)
async def translate(body: TranslateRequest, request: Request, runtime: Using, caller: Caller) -> TranslateResponse:
    """Translate one text or many; one translation for each text, in order."""
    texts = body.texts
    characters = check_texts(texts, runtime.settings)
    options = body.for_translator()
    if body.format == "html":
        if body.details or body.alternatives:
            raise InputError("details and alternatives are for format=text; an HTML text has no segments of its own")
        del options["alternatives"]
        markup = await runtime.call(request, caller, characters, lambda it: it.translate_markup(texts, **options))
        runtime.metrics.translated((), characters)
        results = [TranslationOut(text=text) for text in markup]
    else:
        found = await runtime.call(request, caller, characters, lambda it: it.translate_many(texts, **options))
        runtime.metrics.translated(found, characters)
        results = [_out(text, translation, body) for text, translation in zip(texts, found, strict=True)]
    request.scope["state"]["log"] |= {"texts": len(texts), "characters": characters}
    return TranslateResponse(translations=results, model=runtime.model_name, characters=characters)


def _out(text: str, translation: Translation, body: TranslateRequest) -> TranslationOut:
    if not body.details and not body.alternatives:
        return TranslationOut(text=translation.text)
    segments = translation.segments
    if body.offset_unit == "utf16":
        segments = in_utf16(text, segments)
    return TranslationOut(text=translation.text, segments=[SegmentOut.model_validate(asdict(s)) for s in segments])


class EventStream(StreamingResponse):
    """Server-sent events; what produces them ends with the response, however that ends."""

    def __init__(self, events: AsyncGenerator[str]) -> None:
        super().__init__(events, media_type="text/event-stream", headers={"X-Accel-Buffering": "no"})
        self._events = events

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async with aclosing(self._events):
            await super().__call__(scope, receive, send)


@router.post(
    "/translate/stream",
    response_class=StreamingResponse,
    responses=problems(408, 413, 504)
    | {200: {"content": {"text/event-stream": {}}, "description": "events segment, done, error"}},
)
async def stream(body: StreamRequest, request: Request, runtime: Using, caller: Caller) -> EventStream:
    """Translate texts; each segment comes as an event `segment` as soon as it is ready, in order, with its `text_index`
    and the `prefix` of its text. `done` ends the stream; `error` holds a problem where it fails on the way."""
    texts = body.texts
    characters = check_texts(texts, runtime.settings)
    options = body.for_translator()

    def work(translator: Translator) -> Iterator[dict[str, Any]]:
        for index, text in enumerate(texts):
            for segment in translator.stream(text, **options):
                shown = in_utf16(text, (segment,))[0] if body.offset_unit == "utf16" else segment
                prefix = text[: segment.start] if segment.index == 0 else ""
                yield {"text_index": index, "prefix": prefix, **asdict(shown)}

    segments = runtime.stream(request, caller, characters, work)
    # The first one decides: until then, a failure still gets a status of its own.
    first = await anext(segments, _END)
    name = runtime.model_name
    request_id = request.scope["state"]["request_id"]
    return EventStream(_events(first, segments, {"model": name, "characters": characters}, request_id))


_END: Final = {"end": True}


async def _events(
    first: dict[str, Any] | None, rest: AsyncGenerator[dict[str, Any] | None], done: dict[str, Any], request_id: str
) -> AsyncGenerator[str]:
    async with aclosing(rest):
        if first is not _END:
            yield _event("segment", first)
            try:
                async for segment in rest:
                    yield _event("segment", segment)
            except Exception as error:
                yield _event("error", body_of(problem_of(error), Family.NATIVE, request_id=request_id))
                return
        yield _event("done", done)


def _event(name: str, data: dict[str, Any] | None) -> str:
    """One event; without data, a comment that keeps the connection open."""
    return ": heartbeat\n\n" if data is None else f"event: {name}\ndata: {json.dumps(data)}\n\n"


def in_utf16(text: str, segments: tuple[Segment, ...]) -> tuple[Segment, ...]:
    """The same segments with offsets in UTF-16 code units, as JavaScript and Java count."""
    source = _Utf16(text)
    result = []
    for segment in segments:
        target = _Utf16(segment.target)
        entities = tuple(
            replace(
                entity,
                start=source.at(entity.start),
                end=source.at(entity.end),
                target_start=None if entity.target_start is None else target.at(entity.target_start),
                target_end=None if entity.target_end is None else target.at(entity.target_end),
            )
            for entity in segment.entities
        )
        start, end = source.at(segment.start), source.at(segment.end)
        result.append(replace(segment, start=start, end=end, entities=entities))
    return tuple(result)


class _Utf16:
    """Positions of the characters of a text that take two code units."""

    def __init__(self, text: str) -> None:
        self._wide = [index for index, character in enumerate(text) if ord(character) > 0xFFFF]

    def at(self, offset: int) -> int:
        return offset + bisect_left(self._wide, offset)
