"""`/v2/usage`, the languages in both versions, and the language pairs of glossaries."""

from typing import Annotated, Final, Literal

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool

from service.api.bodies import Fields
from service.api.deepl.access import ERRORS, PAIR, WORDS, Caller, Using, admit

router = APIRouter(tags=["deepl"], responses=ERRORS)

NO_LIMIT: Final = 1_000_000_000_000
"""How DeepL writes an account without a limit; its clients print nothing where there is none."""


class UsageOut(BaseModel):
    character_count: int
    character_limit: int


class LanguageOut(BaseModel):
    language: str
    name: str
    supports_formality: bool | None = None


class PairOut(BaseModel):
    source_lang: str
    target_lang: str


class PairsOut(BaseModel):
    supported_languages: list[PairOut]


class TypeIn(BaseModel):
    type: Literal["source", "target"] = "source"


class FeatureOut(BaseModel):
    status: Literal["stable"] = "stable"


class ResourceLanguageOut(BaseModel):
    """A language of /v3, with what it can do for one resource."""

    lang: str
    name: str
    usable_as_source: bool
    usable_as_target: bool
    features: dict[str, FeatureOut]
    status: Literal["stable"] = "stable"


SOURCES: Final = (LanguageOut(language="FR", name="French"),)
TARGETS: Final = (
    LanguageOut(language="EN-GB", name="English (British)", supports_formality=False),
    LanguageOut(language="EN-US", name="English (American)", supports_formality=False),
)
RESOURCES: Final = {
    "translate_text": ("tag_handling", "glossary"),
    "translate_document": ("glossary",),
    "glossary": (),
    "translation_memory": (),
}
Resource = Literal["translate_text", "translate_document", "glossary", "translation_memory"]
TYPE_IN_QUERY: Final = {
    "parameters": [{"name": "type", "in": "query", "schema": TypeIn.model_json_schema()["properties"]["type"]}]
}


@router.get("/v2/usage")
async def usage(runtime: Using, caller: Caller) -> UsageOut:
    """Characters of this month (UTC)."""
    used = await run_in_threadpool(runtime.usage.used, caller.id)
    return UsageOut(character_count=used, character_limit=NO_LIMIT if caller.quota is None else caller.quota)


@router.get(
    "/v2/languages", dependencies=[Depends(admit)], response_model_exclude_none=True, openapi_extra=TYPE_IN_QUERY
)
async def languages(fields: Fields) -> list[LanguageOut]:
    """Source languages, or with `type=target` target languages."""
    return list(SOURCES if fields.parse(TypeIn, WORDS).type == "source" else TARGETS)


@router.get("/v3/languages", dependencies=[Depends(admit)])
async def resource_languages(resource: Annotated[Resource, Query()]) -> list[ResourceLanguageOut]:
    """The languages of one resource; those of texts and documents name the variants of English."""
    features = {feature: FeatureOut() for feature in RESOURCES[resource]}
    variants = resource.startswith("translate_")
    targets = [(target.language, target.name) for target in TARGETS] if variants else [("en", "English")]
    return [
        ResourceLanguageOut(lang="fr", name="French", usable_as_source=True, usable_as_target=False, features=features),
        *(
            ResourceLanguageOut(
                lang=f"en{code[2:]}", name=name, usable_as_source=False, usable_as_target=True, features=features
            )
            for code, name in targets
        ),
    ]


@router.get("/v2/glossary-language-pairs", dependencies=[Depends(admit)])
async def glossary_pairs() -> PairsOut:
    """The pairs that a glossary may have."""
    return PairsOut(supported_languages=[PairOut(source_lang=PAIR[0], target_lang=PAIR[1])])
