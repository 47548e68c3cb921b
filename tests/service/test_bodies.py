"""Bodies of every kind become the same fields, and what is none is refused in one line."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from pydantic import BaseModel
from starlette.requests import Request

from service.api.bodies import FORM, JSON, MAX_FIELDS, UPLOAD, Body, Words, documented, read_body
from service.errors import RequestError
from translator.errors import CancelledError

WORDS = Words("no {name}", "bad {name}: {reason}")


class Fields(BaseModel):
    one: str
    many: list[str] = []
    number: int = 0


def request(content: bytes | None, kind: str, query: str = "") -> Request:
    """A request whose client hangs up where there is no content."""
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/",
        "query_string": query.encode(),
        "headers": [(b"content-type", kind.encode())],
        "app": None,
    }

    async def receive() -> dict[str, Any]:
        return {"type": "http.disconnect"} if content is None else {"type": "http.request", "body": content}

    return Request(scope, receive)


def read(content: bytes | None, kind: str, query: str = "") -> Body:
    async def first(read: Callable[[], Awaitable[Body]]) -> Body:
        return await read()

    return asyncio.run(first(read_body(request(content, kind, query)).__anext__))


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        ('{"one": "é a", "many": ["b", "c"], "number": 3, "x": {}}'.encode(), JSON),
        ('{"one": "é a", "many": ["b", "c"], "number": "3"}'.encode(), "Application/Problem+JSON; charset=utf-8"),
        (b"one=%C3%A9+a&many=b&many=c&number=2&number=3&x=", FORM),
        ("one=é a&many=b&many=c&number=3".encode(), FORM),
        (
            "".join(
                f'--z\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
                for name, value in (("one", "é a"), ("many", "b"), ("many", "c"), ("number", "3"))
            ).encode()
            + b"--z--\r\n",
            UPLOAD + "; boundary=z",
        ),
    ],
)
def test_every_kind_of_body_gives_the_same_fields(content: bytes, kind: str) -> None:
    body = read(content, kind)
    assert body.parse(Fields, WORDS) == Fields(one="é a", many=["b", "c"], number=3)
    assert body.text("one") == "é a"
    assert body.text("nothing") is None


def test_the_query_is_a_form_that_the_body_overrules() -> None:
    assert read(b"", "", "one=a&many=b").parse(Fields, WORDS) == Fields(one="a", many=["b"])
    assert read(b'{"one": "b"}', JSON, "one=a&number=1").parse(Fields, WORDS) == Fields(one="b", number=1)
    assert read(b"one=b", FORM, "one=a").text("one") == "b"


@pytest.mark.parametrize("content", [b"", b"{}", b'{"one": null}', b'{"one": ""}', b'{"one": []}'])
def test_what_is_empty_is_missing(content: bytes) -> None:
    with pytest.raises(RequestError, match=r"^no one$"):
        read(content, JSON).parse(Fields, WORDS)


def test_a_wrong_field_is_named_without_its_value() -> None:
    with pytest.raises(RequestError, match=r"^bad number: ") as refusal:
        read(b'{"one": "a", "number": "secret"}', JSON).parse(Fields, WORDS)
    assert "secret" not in str(refusal.value)


@pytest.mark.parametrize(
    ("content", "kind", "reason"),
    [
        (b"{", JSON, "not valid JSON"),
        (b'{"one": "\xff"}', JSON, "not valid JSON"),
        (b'{"one": "\\ud800"}', JSON, "not valid JSON"),
        (b'{"number": NaN}', JSON, "not valid JSON"),
        (b"[" * 100_000, JSON, "not valid JSON"),
        (b"[1]", JSON, "must be a JSON object"),
        (b"one=\xff", FORM, "not UTF-8"),
        (b"one=%ff", FORM, "not UTF-8"),
        (b"one=%ED%A0%80", FORM, "not UTF-8"),
        (b"a=&" * (MAX_FIELDS + 1), FORM, f"more than {MAX_FIELDS} fields"),
        (
            b'--z\r\nContent-Disposition: form-data; name="one"\r\n\r\n\\ud800\r\n--z--\r\n',
            UPLOAD + "; charset=raw_unicode_escape; boundary=z",
            "surrogate",
        ),
    ],
)
def test_what_is_no_body_is_refused(content: bytes, kind: str, reason: str) -> None:
    with pytest.raises(RequestError, match=reason):
        read(content, kind)


@pytest.mark.parametrize("kind", [JSON, FORM, UPLOAD + "; boundary=z"])
def test_a_client_that_hangs_up_in_the_middle_is_no_fault_of_ours(kind: str) -> None:
    with pytest.raises(CancelledError):
        read(None, kind)


def test_the_description_stands_alone() -> None:
    class Outer(BaseModel):
        inner: list[Fields]

    (schema,) = documented(Outer, UPLOAD, file=True)["requestBody"]["content"].values()
    assert "$ref" not in str(schema)
    assert schema["schema"]["required"] == ["inner", "file"]
