"""`/v1/translate` and its stream: the contract, and every documented error."""

import json
from typing import Any

import httpx
import pytest
from serving import Serve, Served

from service.api.native import in_utf16
from translator import Translator
from translator.document import Entity, Segment

JSON = {"content-type": "application/json"}
TEXT = "Le maire de Lyon a inauguré la gare mardi. Les travaux ont duré 3 ans."
TEXTS = [TEXT, "", "   \n", "Bonjour !", "Le vent s'est levé.\n\nLa mer est calme."]


def post(served: Served, path: str = "/v1/translate", **body: Any) -> httpx.Response:
    return served.client.post(path, json=body)


def events(response: httpx.Response) -> list[tuple[str, Any]]:
    blocks = [block for block in response.text.split("\n\n") if block and not block.startswith(":")]
    return [
        (head.removeprefix("event: "), json.loads(data.removeprefix("data: ")))
        for head, data in map(str.splitlines, blocks)
    ]


def test_one_text_and_many_give_what_the_library_gives(shared_server: Served, translator: Translator) -> None:
    expected = [translation.text for translation in translator.translate_many(TEXTS)]
    many = post(shared_server, text=TEXTS).json()
    assert [translation["text"] for translation in many["translations"]] == expected
    assert many["model"] == translator.model.name
    assert many["characters"] == sum(map(len, TEXTS))
    assert all(translation["segments"] is None for translation in many["translations"])
    singles = [post(shared_server, text=text).json()["translations"] for text in TEXTS]
    assert [single[0]["text"] for single in singles] == expected
    assert post(shared_server, text=[]).json()["translations"] == []


def test_details_hold_segments_whose_offsets_point_into_the_text(shared_server: Served) -> None:
    translation = post(shared_server, text=TEXT, details=True).json()["translations"][0]
    assert len(translation["segments"]) == 2
    rebuilt = ""
    for index, segment in enumerate(translation["segments"]):
        assert segment["index"] == index
        assert TEXT[segment["start"] : segment["end"]] == segment["source"]
        rebuilt += segment["target"] + segment["separator"]
        assert segment["score"] < 0
        assert segment["status"] == "translated"
        for entity in segment["entities"]:
            assert TEXT[entity["start"] : entity["end"]] == entity["text"]
            if entity["target"] is not None:
                assert segment["target"][entity["target_start"] : entity["target_end"]] == entity["target"]
    assert rebuilt == translation["text"]
    assert "Lyon" in [entity["text"] for segment in translation["segments"] for entity in segment["entities"]]


def test_options_reach_the_translator(shared_server: Served, translator: Translator) -> None:
    options: dict[str, Any] = {"lines": "keep", "beam_size": 2, "typography": False, "entities": False}
    glossary = {"gare": "railway terminal"}
    text = "La gare\nest fermée."
    answer = post(shared_server, text=text, glossary=glossary, alternatives=1, details=True, **options).json()
    expected = translator.translate(text, glossary=glossary, alternatives=1, **options)
    assert answer["translations"][0]["text"] == expected.text
    assert "railway terminal" in expected.text
    shown = [segment["alternatives"] for segment in answer["translations"][0]["segments"]]
    assert shown == [list(segment.alternatives) for segment in expected.segments]


def test_html_keeps_its_tags(shared_server: Served) -> None:
    html = '<p>La <b class="x">gare</b> est fermée.</p><pre>rien à traduire</pre>'
    text = post(shared_server, text=html, format="html").json()["translations"][0]["text"]
    assert text.startswith("<p>")
    assert '<b class="x">' in text
    assert "<pre>" in text


def test_offsets_in_utf16_count_as_javascript_does(shared_server: Served) -> None:
    text = "🚆🚆 Le train part. Il va à Paris."
    wide = post(shared_server, text=text, details=True, offset_unit="utf16").json()["translations"][0]["segments"]
    encoded = text.encode("utf-16-le")
    for segment in wide:
        for part, name in ((segment, "source"), *((entity, "text") for entity in segment["entities"])):
            assert encoded[2 * part["start"] : 2 * part["end"]].decode("utf-16-le") == part[name]


def test_utf16_moves_offsets_by_the_wide_characters_before_them() -> None:
    entity = Entity("🐟", "X", 2, 3, "🐟", 1, 2, "kept")
    lost = Entity("é", "X", 3, 4, None, None, None, "lost")
    segment = Segment(0, "😀 🐟é", "😀🐟", 0, 4, "", -1.0, "translated", (entity, lost))
    (moved,) = in_utf16("😀 🐟é", (segment,))
    assert (moved.start, moved.end) == (0, 6)
    first, second = moved.entities
    assert (first.start, first.end, first.target_start, first.target_end) == (3, 5, 2, 4)
    assert (second.start, second.end, second.target_start) == (5, 6, None)


def test_a_stream_gives_the_segments_of_all_texts_in_order(shared_server: Served, translator: Translator) -> None:
    response = post(shared_server, "/v1/translate/stream", text=TEXTS)
    assert response.headers["content-type"].startswith("text/event-stream")
    received = events(response)
    assert received.pop() == ("done", {"model": translator.model.name, "characters": sum(map(len, TEXTS))})
    assert {name for name, _ in received} == {"segment"}
    rebuilt = [""] * len(TEXTS)
    for _, segment in received:
        rebuilt[segment["text_index"]] += segment["prefix"] + segment["target"] + segment["separator"]
    expected = [translation.text for translation in translator.translate_many(TEXTS)]
    assert [text for text, source in zip(rebuilt, TEXTS, strict=True) if source.strip()] == [
        text for text, source in zip(expected, TEXTS, strict=True) if source.strip()
    ]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "text"),
        ({"text": None}, "text"),
        ({"text": 3}, "text"),
        ({"text": ["a", 3]}, "text"),
        ({"text": "a", "lines": "perhaps"}, "lines"),
        ({"text": "a", "beam_size": 0}, "beam_size"),
        ({"text": "a", "beam_size": 17}, "beam_size"),
        ({"text": "a", "alternatives": 5}, "alternatives"),
        ({"text": "a", "target_lang": "de"}, "target_lang"),
        ({"text": "a", "source_lang": "it"}, "source_lang"),
        ({"text": "a", "format": "pdf"}, "format"),
        ({"text": "a", "glossary": {"chat": 3}}, "glossary"),
        ({"text": "a", "glossary": ["chat"]}, "glossary"),
        ({"text": "a", "unknown": 1}, "unknown"),
        ({"text": ["a", "b\ud800"]}, "text 1: half of a surrogate pair at character 1"),
        ({"text": "a", "glossary": {"\udfff": "a"}}, "glossary"),
        ([], "body"),
        ("texte", "body"),
    ],
)
def test_a_wrong_field_is_named(shared_server: Served, body: Any, field: str) -> None:
    response = shared_server.client.post(
        "/v1/translate", content=json.dumps(body), headers={"content-type": "application/json"}
    )
    assert response.status_code == 422
    assert response.headers["content-type"] == "application/problem+json"
    problem = response.json()
    assert problem["type"] == "urn:passerelle:error:invalid"
    assert problem["request_id"] == response.headers["x-request-id"]
    assert field in problem["detail"]


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"\xff\xfe", b'{"text": "\xc3"}', b"[" * 100_000, b'{"text": ' + b"9" * 5000 + b"}", b"null", b"NaN"],
)
def test_a_body_that_is_no_json_object_is_refused(shared_server: Served, content: bytes) -> None:
    response = shared_server.client.post("/v1/translate", content=content, headers=JSON)
    assert response.status_code == 422
    assert response.json()["status"] == 422


def test_html_has_no_details(shared_server: Served) -> None:
    response = post(shared_server, text="<p>a</p>", format="html", details=True)
    assert response.status_code == 422
    assert "format=text" in response.json()["detail"]


def test_unknown_routes_and_methods_have_problem_bodies(shared_server: Served) -> None:
    assert shared_server.client.get("/v1/nothing").json()["status"] == 404
    wrong = shared_server.client.get("/v1/translate")
    assert (wrong.status_code, wrong.json()["type"]) == (405, "urn:passerelle:error:method")
    assert wrong.headers["allow"] == "POST"
    assert set(shared_server.client.get("/v2/nothing").json()) == {"message"}


def test_texts_and_characters_beyond_the_limits_are_refused(serve: Serve) -> None:
    served = serve(max_texts=2, max_characters=20)
    assert post(served, text=["dix lettre", "dix lettre"]).status_code == 200
    for body in ({"text": ["a"] * 3}, {"text": "a" * 21}):
        for path in ("/v1/translate", "/v1/translate/stream"):
            refused = post(served, path, **body)
            assert (refused.status_code, refused.json()["type"]) == (413, "urn:passerelle:error:too-large")


def test_a_megabyte_of_one_word_is_translated_or_refused_but_never_breaks(shared_server: Served) -> None:
    assert post(shared_server, text="a" * 1_000_000).status_code == 413
    assert post(shared_server, text="x" * 2_000).status_code == 200


def test_every_answer_has_its_security_headers_and_id(shared_server: Served) -> None:
    for path in ("/health/live", "/v1/nothing", "/metrics"):
        headers = shared_server.client.get(path, headers={"X-Request-ID": "abc-1"}).headers
        assert headers["x-request-id"] == "abc-1"
        assert headers["x-content-type-options"] == "nosniff"
        assert "default-src 'none'" in headers["content-security-policy"]
    strange = shared_server.client.get("/health/live", headers={"X-Request-ID": "a b\tc"}).headers["x-request-id"]
    assert strange.isalnum()


def test_the_api_description_is_complete(shared_server: Served) -> None:
    document = shared_server.client.get("/openapi.json").json()
    for path in ("/v1/translate", "/v1/translate/stream", "/v1/jobs"):
        responses = document["paths"][path]["post"]["responses"]
        assert {"401", "403", "413", "422", "429", "503"} <= set(responses)
        for status, response in responses.items():
            if int(status) >= 400:
                assert "application/problem+json" in response["content"]
