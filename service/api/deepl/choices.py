"""What DeepL's clients may choose for texts and for documents alike."""

from typing import Annotated, Final, Literal

from pydantic import BaseModel, BeforeValidator, Field, model_validator

MAX_GLOSSARIES: Final = 5
NO_GLOSSARY_WITHOUT_SOURCE: Final = "Use of a glossary requires the source_lang parameter to be specified."


def _upper(value: object) -> object:
    return value.upper() if isinstance(value, str) else value


Source = Annotated[Literal["FR"] | None, BeforeValidator(_upper)]
Target = Annotated[Literal["EN", "EN-US", "EN-GB"], BeforeValidator(_upper)]


def _parts(value: object) -> object:
    """Lists come as JSON arrays, as repeated fields, or with commas."""
    texts = [value] if isinstance(value, str) else value
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        return texts
    return [part.strip() for text in texts for part in text.split(",") if part.strip()]


Names = Annotated[list[str], BeforeValidator(_parts)]


class Choices(BaseModel):
    """What texts and documents may be told alike. Those that mean nothing for this language pair or this model are
    checked and then left: `formality`, `style_id`, `translation_memory_threshold`."""

    target_lang: Target
    source_lang: Source = None
    formality: Literal["default", "more", "less", "prefer_more", "prefer_less"] = "default"
    glossary_id: str | None = None
    glossary_ids: Names = Field([], max_length=MAX_GLOSSARIES)
    style_id: str | None = None
    translation_memory_id: str | None = None
    translation_memory_threshold: int = Field(75, ge=0, le=100)

    @model_validator(mode="after")
    def _consistent(self) -> "Choices":
        if self.glossary_id and self.glossary_ids:
            raise ValueError("Parameters 'glossary_id' and 'glossary_ids' cannot be used together.")
        if self.glossaries and self.source_lang is None:
            raise ValueError(NO_GLOSSARY_WITHOUT_SOURCE)
        return self

    @property
    def glossaries(self) -> list[str]:
        return [self.glossary_id] if self.glossary_id else self.glossary_ids
