"""DeepL's API, `/v2` and `/v3`, as far as one language pair goes: its clients need nothing but another server URL."""

from fastapi import APIRouter

from service.api.deepl import account, documents, glossaries_v2, glossaries_v3, memories, translate, unavailable

router = APIRouter()
for part in (translate, documents, glossaries_v2, glossaries_v3, memories, account, unavailable):
    router.include_router(part.router)
