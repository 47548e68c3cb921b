"""What holds for both compatible APIs: their description, and that nothing sent to them breaks anything."""

from typing import Any, Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from serving import Served

_DEEPL: Final = """text target_lang source_lang split_sentences tag_handling glossary_id glossary_ids ignore_tags name
entries entries_format dictionaries document_key preserve_formatting auth_key"""
_LIBRETRANSLATE: Final = "q source target format alternatives file api_key"
FIELDS: Final = f"{_DEEPL} {_LIBRETRANSLATE}".split()
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8)
    | st.sampled_from(["EN", "fr", "en", "auto", "html", "xml", "tsv", "csv", "0", "1", "a\tb", "<a>b</a>"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(FIELDS), inner, max_size=4),
    max_leaves=6,
)
ROUTES: Final = (
    ("POST", "/v2/translate"),
    ("POST", "/v2/document"),
    ("POST", "/v2/document/0"),
    ("POST", "/v2/document/0/result"),
    ("POST", "/v2/glossaries"),
    ("GET", "/v2/glossaries/0/entries"),
    ("GET", "/v2/languages"),
    ("POST", "/v3/glossaries"),
    ("PATCH", "/v3/glossaries/0"),
    ("PUT", "/v3/glossaries/0/dictionaries"),
    ("DELETE", "/v3/glossaries/0/dictionaries?source_lang=FR&target_lang=EN"),
    ("GET", "/v3/translation_memories/0"),
    ("POST", "/translate"),
    ("POST", "/detect"),
    ("POST", "/translate_file"),
    ("GET", "/download_file/0/0/0"),
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    route=st.sampled_from(ROUTES), body=st.dictionaries(st.sampled_from(FIELDS), VALUES, max_size=6), form=st.booleans()
)
def test_whatever_is_sent_gets_an_answer_and_no_fault(
    shared_server: Served, route: tuple[str, str], body: dict[str, Any], form: bool
) -> None:
    method, path = route
    sent = {"data": {name: str(value) for name, value in body.items()}} if form else {"json": body}
    answer = shared_server.client.request(method, path, **sent)
    assert answer.status_code < 500
    if answer.status_code >= 400:
        assert list(answer.json()) == ["message" if path.startswith(("/v2", "/v3")) else "error"]


@pytest.mark.parametrize(
    ("prefixes", "schema", "statuses"),
    [
        (("/v2", "/v3"), "Message", {"400", "403", "404", "413", "429", "456", "503"}),
        (("/translate", "/detect", "/download_file", "/languages", "/frontend"), "ErrorOut", {"400", "403", "429"}),
    ],
)
def test_every_route_is_described_with_its_errors(
    shared_server: Served, prefixes: tuple[str, ...], schema: str, statuses: set[str]
) -> None:
    document = shared_server.client.get("/openapi.json").json()
    assert not [name for name in document["components"]["schemas"] if "__" in name]
    routes = [route for path, item in document["paths"].items() if path.startswith(prefixes) for route in item.values()]
    assert routes
    for route in routes:
        assert route["description"]
        assert statuses <= set(route["responses"])
        assert "422" not in route["responses"]
        for status, response in route["responses"].items():
            if status == "default" or int(status) >= 400:
                assert response["content"]["application/json"]["schema"] == {"$ref": f"#/components/schemas/{schema}"}
    for path in ("/v2/translate", "/v2/document", "/v2/glossaries", "/v3/glossaries", "/translate", "/translate_file"):
        assert document["paths"][path]["post"]["requestBody"]["required"]
