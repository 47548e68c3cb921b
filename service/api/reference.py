"""`/docs`: the OpenAPI document as one plain page, which reads without network and without scripts."""

import html
from collections.abc import Iterator, Mapping
from typing import Any, Final

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse

router = APIRouter(include_in_schema=False)

POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"
_STYLE: Final = (
    "body{font:16px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:60rem;padding:0 1rem;color-scheme:light dark}"
    "code{font-family:ui-monospace,monospace}table{border-collapse:collapse;width:100%}"
    "td,th{border-top:1px solid #8886;padding:.3rem .6rem;text-align:left;vertical-align:top}"
    "summary{cursor:pointer;padding:.4rem 0}h2{margin-top:2.5rem}"
)


@router.get("/docs")
async def reference(request: Request) -> HTMLResponse:
    """Every route with its fields and answers; the machine-readable form is /openapi.json."""
    document = request.app.openapi()
    return HTMLResponse("".join(_page(document)), headers={"Content-Security-Policy": POLICY})


def _page(document: Mapping[str, Any]) -> Iterator[str]:
    title = _text(document["info"]["title"])
    yield f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}: API</title>'
    yield f'<meta name="viewport" content="width=device-width"><style>{_STYLE}</style><main><h1>{title}: API</h1>'
    yield f"<p>{_text(document['info'].get('description', ''))} "
    yield 'For programs: <a href="openapi.json">openapi.json</a>.</p>'
    schemas = document.get("components", {}).get("schemas", {})
    for path, methods in document["paths"].items():
        for method, route in methods.items():
            yield f"<details><summary><code><b>{method.upper()}</b> {_text(path)}</code> "
            yield f"{_text(route.get('summary', ''))}</summary><p>{_text(route.get('description', ''))}</p>"
            yield from _fields(
                "Parameters", {one["name"]: one.get("schema", {}) for one in route.get("parameters", [])}
            )
            for kind, content in route.get("requestBody", {}).get("content", {}).items():
                schema = _resolved(content.get("schema", {}), schemas)
                yield from _fields(f"Body, {kind}", schema.get("properties", {}), schema.get("required", ()))
            answers = {code: {"description": one["description"]} for code, one in route["responses"].items()}
            yield from _fields("Answers", answers)
            yield "</details>"
    yield "<h2>Objects</h2>"
    for name, schema in schemas.items():
        yield f'<h3 id="{_text(name)}">{_text(name)}</h3><p>{_text(schema.get("description", ""))}</p>'
        yield from _fields("Fields", schema.get("properties", {}), schema.get("required", ()))
    yield "</main></html>"


def _fields(title: str, fields: Mapping[str, Mapping[str, Any]], required: Any = ()) -> Iterator[str]:
    if not fields:
        return
    yield f"<table><caption>{_text(title)}</caption>"
    for name, field in fields.items():
        mark = " (required)" if name in required else ""
        default = f"; default {field['default']!r}" if "default" in field else ""
        yield f"<tr><th><code>{_text(name)}</code>{mark}<td>{_text(_type(field) + default)}"
        yield f"<td>{_text(field.get('description', ''))}"
    yield "</table>"


def _resolved(schema: Mapping[str, Any], schemas: Mapping[str, Any]) -> Mapping[str, Any]:
    name = schema.get("$ref", "").rpartition("/")[2]
    found: Mapping[str, Any] = schemas.get(name, schema)
    return found


def _type(field: Mapping[str, Any]) -> str:
    if "$ref" in field:
        return str(field["$ref"]).rpartition("/")[2]
    if "enum" in field or "const" in field:
        return " | ".join(repr(value) for value in field.get("enum", [field.get("const")]))
    for union in ("anyOf", "oneOf", "allOf"):
        if union in field:
            return " | ".join(_type(one) for one in field[union])
    if field.get("type") == "array":
        return f"list of {_type(field.get('items', {}))}"
    return str(field.get("type", ""))


def _text(value: str) -> str:
    return html.escape(value)
