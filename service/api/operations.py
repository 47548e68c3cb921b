"""For those who run the service: probes and metrics. No key is asked for, and nothing here tells of users or texts."""

from typing import Annotated

from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel

from service.metrics import CONTENT_TYPE
from service.runtime import Runtime, runtime_of

router = APIRouter(tags=["operations"])

Using = Annotated[Runtime, Depends(runtime_of)]


class Health(BaseModel):
    status: str
    reason: str | None = None


@router.get("/health/live")
async def live() -> Health:
    """Whether the process answers."""
    return Health(status="ok")


@router.get("/health/ready", responses={503: {"model": Health, "description": "send no requests now"}})
async def ready(response: Response, runtime: Using) -> Health:
    """Whether requests should be sent here: the model is loaded and works, and the service is not about to end."""
    reason = await runtime.host.unfit()
    if reason is None:
        return Health(status="ok")
    response.status_code = 503
    return Health(status="unavailable", reason=reason)


@router.get("/metrics", response_class=Response, responses={200: {"content": {"text/plain": {}}}})
async def metrics(runtime: Using) -> Response:
    """Prometheus, text format."""
    return Response(runtime.metrics.text(), headers={"Content-Type": CONTENT_TYPE})
