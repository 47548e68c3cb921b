"""The application: routers, middleware and the life of a `Runtime`, put together by one factory."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from importlib.metadata import PackageNotFoundError, version
from typing import Final

from fastapi import APIRouter, FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from service.api import deepl, jobs, libretranslate, native, operations, reference
from service.errors import handle
from service.limits import BodyLimit
from service.requests import REQUEST_ID_HEADER, RequestContext
from service.runtime import Runtime
from service.settings import Settings
from service.web import router as page
from translator.errors import MissingExtraError, PasserelleError
from translator.pipeline import Translator

ROUTERS: Final[tuple[APIRouter, ...]] = (
    native.router,
    jobs.router,
    operations.router,
    page,
    deepl.router,
    libretranslate.router,
    reference.router,
)
DESCRIPTION: Final = "French to English translation: native API, DeepL's and LibreTranslate's."


def create_app(
    *,
    settings: Settings | None = None,
    load: Callable[[], Translator] | None = None,
    routers: Sequence[APIRouter] = ROUTERS,
) -> FastAPI:
    """An app with its own model, store and metrics; nothing is shared with other apps of the process.

    Args:
        settings: read from the environment where not given.
        load: makes the translator, in a thread, once the app starts.

    Raises:
        InputError: a setting is wrong, or the state directory cannot be used.
        MissingExtraError: a setting asks for what is not installed.
    """
    chosen = settings or Settings.read()
    runtime = Runtime(chosen, load or (lambda: load_translator(chosen)))

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        runtime.start()
        try:
            yield
        finally:
            await runtime.close()

    app = FastAPI(
        title="Passerelle",
        description=DESCRIPTION,
        version=_version(),
        lifespan=lifespan,
        docs_url=None,  # FastAPI's own pages load from the network
        redoc_url=None,
    )
    app.state.runtime = runtime
    for router in routers:
        app.include_router(router)
    for error in (PasserelleError, RequestValidationError, HTTPException):
        app.add_exception_handler(error, handle)
    # Added last is outermost.
    app.add_middleware(BodyLimit, settings=chosen)
    if chosen.cors_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=chosen.cors_origins,
            allow_methods=["GET", "POST", "PUT", "PATCH", "DELETE"],
            allow_headers=["Authorization", "Content-Type", "X-API-Key", REQUEST_ID_HEADER],
            expose_headers=[REQUEST_ID_HEADER, "Retry-After"],
        )
    app.add_middleware(RequestContext, metrics=runtime.metrics)
    if chosen.otel:
        _trace(app)
    if chosen.trusted_proxies:
        app.add_middleware(ProxyHeadersMiddleware, trusted_hosts=list(chosen.trusted_proxies))
    return app


def _trace(app: FastAPI) -> None:
    try:
        from service.tracing import Tracing, exporting
    except ImportError as error:
        raise MissingExtraError("PASSERELLE_OTEL", "otel") from error
    app.add_middleware(Tracing, processor=exporting())


def load_translator(settings: Settings) -> Translator:
    """The translator that the settings name."""
    return Translator.load(
        settings.model, device=settings.device, compute_type=settings.compute_type, threads=settings.threads
    )


def _version() -> str:
    try:
        return version("passerelle")
    except PackageNotFoundError:  # run from a checkout
        return "0.0.0"
