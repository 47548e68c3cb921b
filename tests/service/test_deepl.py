"""DeepL's own client, unmodified, through a real server: texts, options, and what is refused."""

import threading
from collections.abc import Iterator

import deepl
import pytest
from serving import Serve, Served

from service.api.deepl.translate import TextsIn
from translator import Translator
from translator.markup import Markup

SENTENCE = "Le musée ouvre ses portes au public samedi matin."
TWO_LINES = "La pluie tombe sur la ville.\nLes rues restent désertes."
SCHEME = "DeepL-Auth-Key"
PRIVATE = (
    ("POST", "/v2/translate"),
    ("POST", "/v2/document"),
    ("GET", "/v2/usage"),
    ("GET", "/v2/languages"),
    ("GET", "/v2/glossary-language-pairs"),
    ("GET", "/v2/glossaries"),
    ("GET", "/v3/glossaries"),
    ("GET", "/v3/translation_memories"),
    ("POST", "/v2/write/rephrase"),
)


@pytest.fixture(scope="module")
def client(shared_server: Served) -> Iterator[deepl.DeepLClient]:
    with_client = deepl.DeepLClient("any", server_url=shared_server.url)
    yield with_client
    with_client.close()


def test_one_text_and_many_are_translated_as_by_the_library(client: deepl.DeepLClient, translator: Translator) -> None:
    expected = translator.translate(SENTENCE).text
    result = client.translate_text(SENTENCE, target_lang="EN-US", source_lang="FR")
    assert (result.text, result.detected_source_lang) == (expected, "FR")
    assert result.billed_characters == len(SENTENCE)
    assert result.model_type_used is None
    texts = [SENTENCE, "", "  \n", TWO_LINES]
    results = client.translate_text(texts, target_lang="en-gb")
    assert [item.text for item in results] == [translator.translate(text, lines="keep").text for text in texts]
    assert results[1].text == ""
    assert [item.billed_characters for item in results] == [len(text) for text in texts]


def test_the_language_is_detected_honestly(client: deepl.DeepLClient) -> None:
    english = "The museum opens its doors to the public on Saturday morning."
    texts = [SENTENCE, english, "Das Museum öffnet am Samstag seine Türen für die Öffentlichkeit.", "Oui", "12"]
    results = client.translate_text(texts, target_lang="EN-GB")
    assert [result.detected_source_lang for result in results] == ["FR", "EN", "DE", "FR", "FR"]
    assert results[1].text == english


@pytest.mark.parametrize(
    ("split", "options"),
    [
        (deepl.SplitSentences.ALL, {"lines": "keep"}),
        (deepl.SplitSentences.NO_NEWLINES, {"lines": "join"}),
        (deepl.SplitSentences.OFF, {"lines": "join", "split_sentences": False}),
    ],
)
def test_sentences_are_split_as_asked(
    client: deepl.DeepLClient, translator: Translator, split: deepl.SplitSentences, options: dict[str, object]
) -> None:
    text = "Le vent souffle\nsur la côte. La mer\nest haute."
    result = client.translate_text(text, target_lang="EN-GB", split_sentences=split)
    assert result.text == translator.translate(text, **options).text


def test_formatting_is_left_alone_on_request(client: deepl.DeepLClient, translator: Translator) -> None:
    text = "Le maire a dit : « La place sera fermée à 18 h 30. »"
    for preserve in (False, True):
        result = client.translate_text(text, target_lang="EN-GB", preserve_formatting=preserve)
        assert result.text == translator.translate(text, lines="keep", typography=not preserve).text


def test_what_means_nothing_here_is_accepted_and_changes_nothing(client: deepl.DeepLClient) -> None:
    plain = client.translate_text(SENTENCE, target_lang="EN-GB").text
    for formality in deepl.Formality:
        result = client.translate_text(
            SENTENCE,
            target_lang="EN-GB",
            formality=formality,
            context="Une note sur les musées.",
            style_rule="7ff9bfd6",
            custom_instructions=["Be brief", "Be kind"],
            tag_handling_version="v1",
            model_type="prefer_quality_optimized",
            extra_body_parameters={"enable_beta_languages": True, "unheard_of": [1]},
        )
        assert (result.text, result.model_type_used) == (plain, "quality_optimized")


def test_html_keeps_its_tags(client: deepl.DeepLClient, translator: Translator) -> None:
    html = '<p>Le <b>musée</b> est ouvert.</p><p class="note">Les <code>rues</code> sont calmes.</p>'
    result = client.translate_text(html, target_lang="EN-GB", tag_handling="html")
    assert result.text == translator.translate_markup([html])[0]
    assert "<code>rues</code>" in result.text


def test_ignored_tags_come_through_verbatim(client: deepl.DeepLClient) -> None:
    xml = "<doc><x>Le musée bleu</x><par>Le musée est ouvert.</par></doc>"
    for ignored in ("x", ["x"], ["y,x"]):
        text = client.translate_text(xml, target_lang="EN-GB", tag_handling="xml", ignore_tags=ignored).text
        assert "<x>Le musée bleu</x>" in text
        assert "Le musée est ouvert" not in text
    html = "<p>Il dort.</p><X>Il dort.</X>"
    result = client.translate_text(html, target_lang="EN-GB", tag_handling="html", ignore_tags="X")
    assert result.text.endswith("<X>Il dort.</X>")


@pytest.mark.parametrize(
    ("options", "texts"),
    [
        ({}, 2),
        ({"non_splitting_tags": ["par"]}, 1),
        ({"outline_detection": False}, 1),
        ({"outline_detection": False, "splitting_tags": "par,other"}, 2),
        ({"splitting_tags": ["par"], "non_splitting_tags": ["par"]}, 2),
    ],
)
def test_tags_split_sentences_or_do_not(
    client: deepl.DeepLClient, translator: Translator, options: dict[str, object], texts: int
) -> None:
    xml = "<doc><par>La société a annoncé que</par><par>les ventes montent.</par></doc>"
    rules = TextsIn.model_validate({"text": xml, "target_lang": "EN", "tag_handling": "xml"} | options).rules()
    assert len(Markup.parse(xml, rules).texts) == texts
    result = client.translate_text(xml, target_lang="EN-GB", tag_handling="xml", **options)
    assert result.text == translator.translate_markup([xml], rules=rules)[0]


def test_invalid_markup_is_refused_with_its_place(client: deepl.DeepLClient) -> None:
    with pytest.raises(deepl.DeepLException, match=r"line 1, column \d+") as refusal:
        client.translate_text("<a>Le chat</b>", target_lang="EN-GB", tag_handling="xml")
    assert refusal.value.http_status_code == 400


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"target_lang": "EN"}, "Parameter 'text' not specified."),
        ({"text": [], "target_lang": "EN"}, "Parameter 'text' not specified."),
        ({"text": ["a"]}, "Parameter 'target_lang' not specified."),
        ({"text": ["a"], "target_lang": "DE"}, "Value for 'target_lang' not supported."),
        ({"text": ["a"], "target_lang": 5}, "Value for 'target_lang' not supported."),
        ({"text": ["a"], "target_lang": "EN", "source_lang": "DE"}, "Value for 'source_lang' not supported."),
        ({"text": ["a"], "target_lang": "EN", "source_lang": "auto"}, "Value for 'source_lang' not supported."),
        ({"text": ["a"], "target_lang": "EN", "split_sentences": "2"}, "Value for 'split_sentences' not supported."),
        ({"text": ["a"], "target_lang": "EN", "formality": "rude"}, "Value for 'formality' not supported."),
        ({"text": ["a"], "target_lang": "EN", "tag_handling": "md"}, "Value for 'tag_handling' not supported."),
        ({"text": ["a"], "target_lang": "EN", "model_type": "best"}, "Value for 'model_type' not supported."),
        ({"text": ["a", 1], "target_lang": "EN"}, "Value for 'text.1' not supported."),
        ({"text": {"a": 1}, "target_lang": "EN"}, "Value for 'text' not supported."),
        ({"text": ["a"], "target_lang": "EN", "ignore_tags": [1]}, "Value for 'ignore_tags.0' not supported."),
        ({"text": ["a"], "target_lang": "EN", "custom_instructions": ["x"] * 11}, "Value for 'custom_instructions'"),
        ({"text": ["a"], "target_lang": "EN", "glossary_id": "0"}, "Use of a glossary requires the source_lang"),
    ],
)
def test_a_wrong_field_is_named_in_deepls_words(shared_server: Served, body: dict[str, object], message: str) -> None:
    answer = shared_server.client.post("/v2/translate", json=body)
    assert answer.status_code == 400
    assert list(answer.json()) == ["message"]
    assert answer.json()["message"].startswith(message)


def test_a_form_does_as_well_as_json(shared_server: Served, translator: Translator) -> None:
    fields = {"text": [SENTENCE, "Il pleut."], "target_lang": "EN", "source_lang": "", "split_sentences": "1"}
    answer = shared_server.client.post("/v2/translate", data=fields)
    translations = answer.json()["translations"]
    assert [set(item) for item in translations] == [{"detected_source_language", "text"}] * 2
    assert [item["text"] for item in translations] == [translator.translate(text).text for text in fields["text"]]
    # As `curl --data` sends it: UTF-8 that nobody encoded.
    header = {"Content-Type": "application/x-www-form-urlencoded"}
    raw = shared_server.client.post("/v2/translate", content=f"text={SENTENCE}&target_lang=EN".encode(), headers=header)
    assert raw.json()["translations"][0] == translations[0]
    query = shared_server.client.post("/v2/translate", params={"text": SENTENCE, "target_lang": "EN"})
    assert query.json() == raw.json()


def test_keys_come_in_the_header_or_in_the_form(serve: Serve) -> None:
    served = serve()
    _, token = served.runtime.keys.add("desk")
    body = {"text": "Il pleut.", "target_lang": "EN"}
    post = served.client.post
    assert post("/v2/translate", json=body, headers={"Authorization": f"{SCHEME} {token}"}).status_code == 200
    assert post("/v2/translate", data=body | {"auth_key": token}).status_code == 200
    assert served.client.get("/v2/usage", params={"auth_key": token}).status_code == 200
    for headers in ({}, {"Authorization": f"Bearer {token}"}, {"Authorization": SCHEME}, {"X-API-Key": token}):
        for method, path in PRIVATE:
            refused = served.client.request(method, path, headers=headers)
            assert (refused.status_code, list(refused.json())) == (403, ["message"])
    wrong = deepl.DeepLClient("wrong", server_url=served.url)
    with pytest.raises(deepl.AuthorizationException, match="wrong or was revoked"):
        wrong.translate_text("Il pleut.", target_lang="EN-GB")
    wrong.close()


@pytest.mark.usefixtures("no_retries")
def test_quota_rate_size_and_load_are_told_apart(serve: Serve) -> None:
    served = serve(max_texts=2, max_characters=100)
    clients = {}
    for name, limits in {"quota": {"quota": 10}, "rate": {"rate_limit": "1/hour"}, "free": {}}.items():
        clients[name] = deepl.DeepLClient(served.runtime.keys.add(name, **limits)[1], server_url=served.url)
    with pytest.raises(deepl.QuotaExceededException, match="used up") as quota:
        clients["quota"].translate_text(SENTENCE, target_lang="EN-GB")
    assert quota.value.http_status_code == 456
    clients["rate"].get_usage()
    with pytest.raises(deepl.TooManyRequestsException, match="rate limit"):
        clients["rate"].get_usage()
    for texts in (["a", "b", "c"], ["é" * 101]):
        with pytest.raises(deepl.DeepLException, match="413"):
            clients["free"].translate_text(texts, target_lang="EN-GB")
    served.runtime.drain()
    with pytest.raises(deepl.DeepLException, match="shutting down") as load:
        clients["free"].translate_text("a", target_lang="EN-GB")
    assert (load.value.http_status_code, load.value.should_retry) == (503, True)
    for client in clients.values():
        client.close()


@pytest.mark.usefixtures("no_retries")
def test_a_deadline_is_told(serve: Serve) -> None:
    served = serve(request_timeout_s=0.2)
    served.valve.shut()
    client = deepl.DeepLClient("any", server_url=served.url)
    with pytest.raises(deepl.DeepLException, match="504"):
        client.translate_text(SENTENCE, target_lang="EN-GB")
    client.close()


def test_the_client_gets_its_answer_once_a_fault_has_passed(serve: Serve) -> None:
    served = serve()
    served.valve.broken = True
    failed = served.client.post("/v2/translate", json={"text": [SENTENCE], "target_lang": "EN"})
    assert (failed.status_code, list(failed.json())) == (500, ["message"])
    mended = threading.Timer(0.3, setattr, (served.valve, "broken", False))
    mended.start()
    client = deepl.DeepLClient("any", server_url=served.url)
    assert client.translate_text(SENTENCE, target_lang="EN-GB").text
    mended.join()
    client.close()
