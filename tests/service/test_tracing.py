"""Spans: one for each request, below its caller's, with nothing that users wrote."""

import time
from pathlib import Path

from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode
from serving import PATIENCE_S, Valve
from starlette.testclient import TestClient

from service.app import create_app
from service.settings import Settings
from service.tracing import Tracing
from translator import Translator

CALLER = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def spans_of(translator: Translator, state: Path) -> tuple[list[ReadableSpan], str]:
    """Of a translation whose caller is traced, of an unknown path and a refused request; and the first one's id."""
    exporter = InMemorySpanExporter()
    kept = translator.with_engine(Valve(translator.engine))
    app = create_app(settings=Settings(state_dir=state, memory_entries=0), load=lambda: kept)
    app.add_middleware(Tracing, processor=SimpleSpanProcessor(exporter))
    with TestClient(app, client=("127.0.0.1", 1)) as client:
        deadline = time.monotonic() + PATIENCE_S
        while client.get("/health/ready").status_code != 200:
            assert time.monotonic() < deadline
        exporter.clear()
        answer = client.post("/v1/translate", json={"text": "Le chat dort."}, headers={"traceparent": CALLER})
        assert answer.status_code == 200
        client.get("/secret/Zanzibar")
        app.state.runtime.drain()
        client.post("/v1/translate", json={"text": "Zanzibar"})
    return list(exporter.get_finished_spans()), answer.headers["x-request-id"]


def test_a_request_is_a_span_below_its_callers_without_text_of_users(translator: Translator, tmp_path: Path) -> None:
    (translated, unknown, refused), request_id = spans_of(translator, tmp_path)
    assert translated.name == "POST /v1/translate"
    assert translated.parent is not None
    assert (f"{translated.context.trace_id:032x}", f"{translated.parent.span_id:016x}") == tuple(CALLER.split("-")[1:3])
    assert dict(translated.attributes or {}) == {
        "http.request.method": "POST",
        "http.route": "/v1/translate",
        "http.response.status_code": 200,
        "passerelle.request_id": request_id,
        "passerelle.texts": 1,
        "passerelle.characters": 13,
    }
    assert translated.resource.attributes["service.name"] == "passerelle"
    assert [dict(one.attributes or {})["http.response.status_code"] for one in (unknown, refused)] == [404, 503]
    assert (translated.status.status_code, refused.status.status_code) == (StatusCode.UNSET, StatusCode.ERROR)
    assert "Zanzibar" not in unknown.to_json() + refused.to_json()
