"""`POST /v2/translate`."""

from dataclasses import replace
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Request
from pydantic import BaseModel, BeforeValidator, Field

from service.api.bodies import FORM, JSON, Fields, documented
from service.api.deepl import memories
from service.api.deepl.access import ERRORS, PAIR, WORDS, Caller, Using
from service.api.deepl.choices import Choices, Names
from service.api.languages import detected
from service.limits import check_texts
from translator.language import Detector
from translator.markup import HTML, XML, Rules
from translator.pipeline import Translator

router = APIRouter(prefix="/v2", tags=["deepl"], responses=ERRORS)

MAX_INSTRUCTIONS: Final = 10
MAX_INSTRUCTION_CHARACTERS: Final = 300


def _listed(value: object) -> object:
    return [value] if isinstance(value, str) else value


def _as_text(value: object) -> object:
    """Clients write 0 and 1 of `split_sentences` as a string, a number or a truth value."""
    return str(int(value)) if isinstance(value, int) else value


class TextsIn(Choices):
    """`context`, `custom_instructions`, `model_type` and `tag_handling_version` are checked and then left."""

    text: Annotated[list[str], BeforeValidator(_listed), Field(min_length=1)]
    split_sentences: Annotated[Literal["0", "1", "nonewlines"] | None, BeforeValidator(_as_text)] = None
    preserve_formatting: bool = False
    tag_handling: Literal["xml", "html"] | None = None
    tag_handling_version: Literal["v1", "v2"] = "v2"
    outline_detection: bool = True
    splitting_tags: Names = Field([])
    non_splitting_tags: Names = Field([])
    ignore_tags: Names = Field([])
    show_billed_characters: bool = False
    context: str = ""
    custom_instructions: Annotated[
        list[Annotated[str, Field(max_length=MAX_INSTRUCTION_CHARACTERS)]],
        BeforeValidator(_listed),
        Field(max_length=MAX_INSTRUCTIONS),
    ] = Field([])
    model_type: Literal["quality_optimized", "prefer_quality_optimized", "latency_optimized"] | None = None

    def options(self) -> dict[str, Any]:
        """The keywords of `Translator`, but for the glossary."""
        options: dict[str, Any] = {"typography": not self.preserve_formatting}
        if self.split_sentences == "0":
            return options | {"split_sentences": False, "lines": "join"}
        if self.tag_handling is None:
            options["lines"] = "join" if self.split_sentences == "nonewlines" else "keep"
        return options

    def rules(self) -> Rules:
        """What the tags mean; the caller's lists go before what the language says."""
        base = HTML if self.tag_handling == "html" else replace(XML, outline=self.outline_detection)
        names = (self.splitting_tags, self.non_splitting_tags, self.ignore_tags)
        split, joined, ignored = (frozenset(name if base.xml else name.lower() for name in part) for part in names)
        return replace(
            base,
            block=(base.block | split) - (joined - split),
            inline=base.inline | (joined - split),
            opaque=base.opaque | ignored,
        )


class TextOut(BaseModel):
    detected_source_language: str
    text: str
    billed_characters: int | None = None
    model_type_used: str | None = None
    tag_handling_version: str | None = None


class TextsOut(BaseModel):
    translations: list[TextOut]


@router.post("/translate", response_model_exclude_none=True, openapi_extra=documented(TextsIn, JSON, FORM))
async def translate(request: Request, runtime: Using, caller: Caller, fields: Fields) -> TextsOut:
    """Translate one text or many; one translation for each text, in order."""
    asked = fields.parse(TextsIn, WORDS)
    characters = check_texts(asked.text, runtime.settings)
    memories.check(runtime, caller, asked.translation_memory_id)

    def work(translator: Translator) -> list[TextOut]:
        glossary = runtime.glossaries.compiled(caller.id, asked.glossaries, PAIR) if asked.glossaries else None
        options = asked.options() | {"glossary": glossary}
        if asked.tag_handling is None:
            found = translator.translate_many(asked.text, **options)
            targets = [translation.text for translation in found]
        else:
            found = []
            targets = translator.translate_markup(asked.text, rules=asked.rules(), **options)
        runtime.metrics.translated(found, characters)
        return [
            _out(asked, text, target, translator.detector) for text, target in zip(asked.text, targets, strict=True)
        ]

    translations = await runtime.call(request, caller, characters, work)
    request.scope["state"]["log"] |= {"texts": len(asked.text), "characters": characters}
    return TextsOut(translations=translations)


def _out(asked: TextsIn, text: str, target: str, detector: Detector) -> TextOut:
    return TextOut(
        detected_source_language=asked.source_lang or detected(detector, text)[0].upper(),
        text=target,
        billed_characters=len(text) if asked.show_billed_characters else None,
        # There is one model: it is the fastest and the best one.
        model_type_used=asked.model_type and asked.model_type.removeprefix("prefer_"),
        tag_handling_version=asked.tag_handling and asked.tag_handling_version,
    )
