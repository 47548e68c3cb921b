"""LibreTranslate's API: its clients need nothing but another server URL."""

from typing import Annotated, Any, Final, Literal, NoReturn

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, BeforeValidator, Field
from starlette.concurrency import run_in_threadpool
from starlette.responses import FileResponse

from service.api.bodies import FORM, JSON, UPLOAD, Fields, Words, documented
from service.api.handover import hand_over, held_by, queue, secret_of, settled
from service.api.languages import detected
from service.auth import Principal, bearer_token
from service.errors import Cause, RequestError
from service.limits import check_texts
from service.runtime import Runtime, runtime_of
from translator.document import Translation
from translator.errors import CancelledError, OverloadedError
from translator.formats import FORMATS
from translator.pipeline import Translator

WORDS: Final = Words(
    "Invalid request: missing {name} parameter", "Invalid request: the {name} parameter cannot be used: {reason}"
)
MAX_ALTERNATIVES: Final = 10
PERCENT: Final = 100
MIN_PROBABILITY: Final = 0.01
"""Of the languages that `/detect` tells of, besides the best one."""
FRONTEND_TIMEOUT_MS: Final = 500
DISCONNECT_POLL_S: Final = 1.0

Using = Annotated[Runtime, Depends(runtime_of)]


class ErrorOut(BaseModel):
    """Every error."""

    error: str


_MEANINGS: Final[dict[int | str, str]] = {
    400: "a parameter is missing or wrong, a text is too long, or no API key was sent",
    403: "the API key is wrong, or the feature is not offered",
    429: "too many requests, or the quota is used up; see Retry-After",
    503: "overloaded, starting or shutting down; see Retry-After",
    504: "the time limit passed",
    "default": "any other error",
}
ERRORS: Final[dict[int | str, dict[str, Any]]] = {
    status: {"model": ErrorOut, "description": description} for status, description in _MEANINGS.items()
}
router = APIRouter(tags=["libretranslate"], responses=ERRORS)


async def admit(request: Request, runtime: Using, body: Fields) -> Principal:
    """The owner of the key: the field `api_key`, or a bearer token."""
    return await runtime.doorman.admit(request, body.text("api_key") or bearer_token(request))


Caller = Annotated[Principal, Depends(admit)]


def _listed(value: object) -> object:
    return [value] if isinstance(value, str) else value


Texts = Annotated[list[str], BeforeValidator(_listed), Field(min_length=1)]


class LanguagesIn(BaseModel):
    """The languages of a request; `auto` tells what the text seems to be in, and translates it from French."""

    source: Literal["auto", "fr"]
    target: Literal["en"]


class TranslateIn(LanguagesIn):
    """`q` may be one text or a list."""

    q: Texts
    format: Literal["text", "html"] = "text"
    alternatives: int = Field(0, le=MAX_ALTERNATIVES)


class DetectIn(BaseModel):
    q: Texts


class NamedOut(BaseModel):
    code: str
    name: str


class SupportedOut(NamedOut):
    targets: list[str]


class DetectedOut(BaseModel):
    """`confidence` is in per cent."""

    confidence: float
    language: str


class AnswerOut(BaseModel):
    """Lists where `q` was one."""

    translatedText: str | list[str]  # noqa: N815 - the API's own names
    detectedLanguage: DetectedOut | list[DetectedOut] | None = None  # noqa: N815
    alternatives: list[str] | list[list[str]] | None = None


class FileOut(BaseModel):
    translatedFileUrl: str  # noqa: N815


class DefaultsOut(BaseModel):
    source: NamedOut
    target: NamedOut


class SettingsOut(BaseModel):
    apiKeys: bool  # noqa: N815
    charLimit: int  # noqa: N815
    filesTranslation: bool  # noqa: N815
    frontendTimeout: int  # noqa: N815
    keyRequired: bool  # noqa: N815
    language: DefaultsOut
    suggestions: bool
    supportedFilesFormat: list[str]  # noqa: N815


class HealthOut(BaseModel):
    status: str


SUPPORTED: Final = (
    SupportedOut(code="en", name="English", targets=[]),
    SupportedOut(code="fr", name="French", targets=["en"]),
)


@router.post("/translate", response_model_exclude_none=True, openapi_extra=documented(TranslateIn, JSON, FORM))
async def translate(request: Request, runtime: Using, caller: Caller, fields: Fields) -> AnswerOut:
    """Translate one text or many; line *i* of a result translates line *i* of its text."""
    asked = fields.parse(TranslateIn, WORDS)
    characters = check_texts(asked.q, runtime.settings)
    wanted = max(0, asked.alternatives)

    def work(translator: Translator) -> AnswerOut:
        if asked.format == "html":
            texts = translator.translate_markup(asked.q)
            others: list[list[str]] = [[] for _ in texts]
            runtime.metrics.translated((), characters)
        else:
            found = translator.translate_many(asked.q, lines="keep", alternatives=wanted)
            texts = [translation.text for translation in found]
            others = [_alternatives(translation, wanted) for translation in found]
            runtime.metrics.translated(found, characters)
        guesses = [_detected(translator, text) for text in asked.q] if asked.source == "auto" else None
        if isinstance(fields.json.get("q"), list):
            return AnswerOut(translatedText=texts, detectedLanguage=guesses, alternatives=others if wanted else None)
        return AnswerOut(
            translatedText=texts[0],
            detectedLanguage=guesses and guesses[0],
            alternatives=others[0] if wanted else None,
        )

    answer = await runtime.call(request, caller, characters, work)
    request.scope["state"]["log"] |= {"texts": len(asked.q), "characters": characters}
    return answer


def _alternatives(translation: Translation, count: int) -> list[str]:
    """Whole texts of the n-th best hypotheses of all segments; a segment without one keeps its best."""
    found = {translation.text: None}
    for rank in range(count):
        parts = (
            (segment.alternatives[rank] if rank < len(segment.alternatives) else segment.target) + segment.separator
            for segment in translation.segments
        )
        found[translation.prefix + "".join(parts)] = None
    return list(found)[1:]


def _detected(translator: Translator, text: str) -> DetectedOut:
    language, probability = detected(translator.detector, text)
    return DetectedOut(confidence=round(PERCENT * probability, 1), language=language)


@router.post("/detect", dependencies=[Depends(admit)], openapi_extra=documented(DetectIn, JSON, FORM))
async def detect(runtime: Using, fields: Fields) -> list[DetectedOut]:
    """The languages that a text may be in, the most probable first."""
    asked = fields.parse(DetectIn, WORDS)
    check_texts(asked.q, runtime.settings)
    detector = runtime.host.ready().translator.detector
    ranked = await run_in_threadpool(detector.detect, "\n".join(asked.q))
    return [
        DetectedOut(confidence=round(PERCENT * probability, 1), language=language)
        for rank, (language, probability) in enumerate(ranked)
        if rank == 0 or probability >= MIN_PROBABILITY
    ]


@router.post("/translate_file", openapi_extra=documented(LanguagesIn, UPLOAD, file=True))
async def translate_file(request: Request, runtime: Using, caller: Caller, fields: Fields) -> FileOut:
    """Translate a document; answers, once it is done, with the address of the result, which works once."""
    fields.parse(LanguagesIn, WORDS)
    file = fields.files.get("file")
    if file is None:
        raise RequestError(Cause.INVALID, WORDS.missing.format(name="file"))
    job = await queue(runtime, caller, file, {})
    request.scope["state"]["log"] |= {"job": job.id}
    try:
        while (job := await settled(runtime, job, DISCONNECT_POLL_S)).state in ("queued", "running"):
            runtime.host.ready()
            if await request.is_disconnected():
                raise CancelledError("the client went away")
    except (CancelledError, OverloadedError):  # nobody would ever fetch the result
        await run_in_threadpool(runtime.jobs.delete, caller.id, job.id)
        raise
    if job.state == "failed":
        await run_in_threadpool(runtime.jobs.delete, caller.id, job.id)
        raise RequestError(Cause.INVALID, str(job.error))
    url = request.url_for(
        "download_file", job_id=job.id, secret=secret_of(runtime, job.id), name=runtime.jobs.result_name(job)
    )
    return FileOut(translatedFileUrl=str(url))


@router.get("/download_file/{job_id}/{secret}/{name}", response_class=FileResponse)
async def download_file(job_id: str, secret: str, name: str, runtime: Using) -> FileResponse:  # noqa: ARG001
    """The result of `/translate_file`. The address is the permission; it is forgotten when it was fetched."""
    return await hand_over(runtime, await held_by(runtime, job_id, secret))


@router.get("/languages")
async def languages() -> list[SupportedOut]:
    """The languages, and what each can be translated into."""
    return list(SUPPORTED)


@router.get("/frontend/settings")
async def settings(runtime: Using) -> SettingsOut:
    """What a page needs to know of this server."""
    keys = await run_in_threadpool(runtime.keys.exist)
    english, french = (NamedOut(code=language.code, name=language.name) for language in SUPPORTED)
    return SettingsOut(
        apiKeys=keys,
        charLimit=runtime.settings.max_characters,
        filesTranslation=True,
        frontendTimeout=FRONTEND_TIMEOUT_MS,
        keyRequired=keys,
        language=DefaultsOut(source=french, target=english),
        suggestions=False,
        supportedFilesFormat=sorted(extension for format in FORMATS.values() for extension in format.extensions),
    )


@router.get("/health")
async def health(runtime: Using) -> HealthOut:
    """Whether the service can translate now."""
    reason = await runtime.host.unfit()
    if reason is not None:
        raise OverloadedError(reason)
    return HealthOut(status="ok")


@router.post("/suggest", dependencies=[Depends(admit)], response_model=None, include_in_schema=False)
async def suggest() -> NoReturn:
    raise RequestError(Cause.NOT_OFFERED, "Suggestions are disabled on this server.")
