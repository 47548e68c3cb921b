"""What every route of DeepL's API shares: the key, the words for a wrong field, the language pair, the errors."""

from typing import Annotated, Any, Final

from fastapi import Depends, Request
from pydantic import BaseModel

from service.api.bodies import Fields, Words
from service.auth import Principal
from service.errors import Cause, RequestError
from service.runtime import Runtime, runtime_of

SCHEME: Final = "deepl-auth-key"
WORDS: Final = Words("Parameter '{name}' not specified.", "Value for '{name}' not supported. {reason}")
PAIR: Final = ("fr", "en")

Using = Annotated[Runtime, Depends(runtime_of)]


async def admit(request: Request, runtime: Using, body: Fields) -> Principal:
    """The owner of the key: ``Authorization: DeepL-Auth-Key …``, or the field `auth_key`."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    header = token.strip() if scheme.lower() == SCHEME else None
    return await runtime.doorman.admit(request, header or body.text("auth_key"))


Caller = Annotated[Principal, Depends(admit)]


def glossary_pair(source: str, target: str) -> tuple[str, str]:
    """The language pair of a dictionary, without regional variants.

    Raises:
        RequestError: it is not the one of this service.
    """
    pair = (source.lower().partition("-")[0], target.lower().partition("-")[0])
    if pair != PAIR:
        raise RequestError(Cause.INVALID, "Unsupported glossary source and target language pair; it can be fr to en")
    return pair


class Message(BaseModel):
    """Every error."""

    message: str


_MEANINGS: Final[dict[int | str, str]] = {
    400: "a field is missing or wrong",
    403: "no API key, a wrong one, or a feature that is not offered",
    404: "nothing of this id",
    413: "too many bytes, texts or characters",
    429: "too many requests; see Retry-After",
    456: "the quota of characters is used up",
    503: "overloaded, starting or shutting down, or the document is not ready; see Retry-After",
    504: "the time limit passed",
    "default": "any other error",
}
ERRORS: Final[dict[int | str, dict[str, Any]]] = {
    status: {"model": Message, "description": description} for status, description in _MEANINGS.items()
}
