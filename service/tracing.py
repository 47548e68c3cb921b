"""OpenTelemetry, imported only where PASSERELLE_OTEL asks for it: a span of each request, below its caller's span.

Numbers and names of ours are in it, never text of users. The provider is the app's own: what looks for one of the whole
process finds none and adds nothing.
"""

import os
from typing import Final

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_NAME, Resource
from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Span, SpanKind, Status, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.errors import CLIENT_GONE

OWN_FAULT: Final = 500


def exporting() -> SpanProcessor:
    """Sends spans by OTLP over HTTP, in a thread of its own; the variables OTEL_EXPORTER_OTLP_… say where to."""
    return BatchSpanProcessor(OTLPSpanExporter())


class Tracing:
    """ASGI middleware around `RequestContext`; `processor` gets the spans, and is shut down when the process ends."""

    def __init__(self, app: ASGIApp, processor: SpanProcessor) -> None:
        self._app = app
        name = os.environ.get("OTEL_SERVICE_NAME", "passerelle")
        provider = TracerProvider(resource=Resource.create({SERVICE_NAME: name}))
        provider.add_span_processor(processor)
        self._tracer = provider.get_tracer("passerelle")
        self._callers = TraceContextTextMapPropagator()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status = CLIENT_GONE

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        caller = self._callers.extract(headers)
        # What is raised may quote the text of users.
        with self._tracer.start_as_current_span(
            "request", caller, SpanKind.SERVER, record_exception=False, set_status_on_exception=False
        ) as span:
            try:
                await self._app(scope, receive, answer)
            finally:
                _describe(span, scope, status)


def _describe(span: Span, scope: Scope, status: int) -> None:
    """As OpenTelemetry's conventions name it; the path itself may hold an id that opens a document."""
    state = scope.get("state", {})
    span.set_attribute("http.response.status_code", status)
    if route := getattr(scope.get("route"), "path", None):
        span.update_name(f"{scope['method']} {route}")
        span.set_attributes({"http.request.method": scope["method"], "http.route": route})
    for name, value in {"request_id": state.get("request_id"), **state.get("log", {})}.items():
        if value is not None:
            span.set_attribute(f"passerelle.{name}", value)
    if status >= OWN_FAULT:
        span.set_status(Status(StatusCode.ERROR))
