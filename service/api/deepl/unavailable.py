"""What DeepL offers and this service does not: refused as DeepL refuses a feature that the account lacks."""

from typing import Final, NoReturn

from fastapi import APIRouter, Depends

from service.api.deepl.access import admit
from service.errors import Cause, RequestError

router = APIRouter(dependencies=[Depends(admit)], include_in_schema=False)

METHODS: Final = ["GET", "POST", "PUT", "PATCH", "DELETE"]
FEATURES: Final = {
    "/v2/write": "improving texts",
    "/v2/admin": "administration; keys are made with `passerelle keys add`",
    "/v3/style_rules": "style rules",
    "/v3/voice": "voice",
    "/v3/translation_memories": "listing, importing, exporting or deleting a translation memory",
}


def _refuse(prefix: str, feature: str) -> None:
    @router.api_route(prefix, methods=METHODS, response_model=None)
    @router.api_route(prefix + "/{rest:path}", methods=METHODS, response_model=None)
    async def unavailable() -> NoReturn:
        raise RequestError(Cause.NOT_OFFERED, f"This service does not offer {feature}.")


for prefix, feature in FEATURES.items():
    _refuse(prefix, feature)
