"""LibreTranslate's own client, unmodified, through a real server; and what its API has besides."""

import socket
import urllib.error
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
from libretranslatepy import LibreTranslateAPI
from serving import Serve, Served

from translator import Translator

SENTENCE = "Le musée ouvre ses portes au public samedi matin."
LINES = "La pluie tombe sur la ville.\nLes rues\nrestent désertes.\n"
ENGLISH = "The museum opens its doors to the public on Saturday morning."
PAIR = {"source": "fr", "target": "en"}


def post(served: Served, path: str = "/translate", **fields: Any) -> httpx.Response:
    return served.client.post(path, json=fields)


def test_the_client_translates_detects_and_lists(shared_server: Served, translator: Translator) -> None:
    client = LibreTranslateAPI(shared_server.url)
    assert client.translate(SENTENCE, "fr", "en") == translator.translate(SENTENCE).text
    assert client.translate(LINES, "auto", "en") == translator.translate(LINES, lines="keep").text
    assert client.detect(SENTENCE)[0]["language"] == "fr"
    assert {item["code"]: item["targets"] for item in client.languages()} == {"en": [], "fr": ["en"]}


def test_the_client_carries_its_key(serve: Serve) -> None:
    served = serve()
    _, token = served.runtime.keys.add("desk")
    client = LibreTranslateAPI(served.url + "/", token)
    assert client.translate(SENTENCE, "fr", "en")
    assert client.detect(SENTENCE)
    assert client.languages()
    for key, status in ((None, 400), ("wrong", 403)):
        with pytest.raises(urllib.error.HTTPError) as refusal:
            LibreTranslateAPI(served.url, key).translate(SENTENCE, "fr", "en")
        assert refusal.value.code == status
        refusal.value.close()
    bearer = served.client.post("/translate", json={"q": "a", **PAIR}, headers={"Authorization": f"Bearer {token}"})
    assert bearer.status_code == 200
    for method, path in (
        ("POST", "/translate"),
        ("POST", "/detect"),
        ("POST", "/translate_file"),
        ("POST", "/suggest"),
    ):
        refused = served.client.request(method, path)
        assert (refused.status_code, list(refused.json())) == (400, ["error"])


def test_a_list_gives_lists(shared_server: Served, translator: Translator) -> None:
    texts = [SENTENCE, LINES, ENGLISH, ""]
    answer = post(shared_server, q=texts, source="auto", target="en", alternatives=2).json()
    assert answer["translatedText"] == [translator.translate(text, lines="keep", alternatives=2).text for text in texts]
    assert [item["language"] for item in answer["detectedLanguage"]] == ["fr", "fr", "en", "fr"]
    assert all(0 <= item["confidence"] <= 100 for item in answer["detectedLanguage"])
    assert len(answer["alternatives"]) == len(texts)
    one = post(shared_server, q=[SENTENCE], **PAIR).json()
    assert one == {"translatedText": [translator.translate(SENTENCE).text]}


def test_alternatives_are_whole_texts_and_differ(shared_server: Served) -> None:
    answer = post(shared_server, q=LINES, alternatives=3, **PAIR).json()
    found = answer["alternatives"]
    assert 1 <= len(found) <= 3
    assert len({answer["translatedText"], *found}) == len(found) + 1
    assert all(text.count("\n") == LINES.count("\n") for text in found)
    assert "alternatives" not in post(shared_server, q=LINES, **PAIR).json()
    assert post(shared_server, q=ENGLISH, alternatives=1, **PAIR).json()["alternatives"] == []


def test_html_keeps_its_tags(shared_server: Served, translator: Translator) -> None:
    html = '<p class="green">Le <b>musée</b> est ouvert.</p>'
    answer = post(shared_server, q=html, format="html", alternatives=1, **PAIR).json()
    assert answer == {"translatedText": translator.translate_markup([html])[0], "alternatives": []}


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({}, "Invalid request: missing source parameter"),
        ({**PAIR}, "Invalid request: missing q parameter"),
        ({"q": "", **PAIR}, "Invalid request: missing q parameter"),
        ({"q": [], **PAIR}, "Invalid request: missing q parameter"),
        ({"q": "a", "source": "fr"}, "Invalid request: missing target parameter"),
        ({"q": "a", "source": "de", "target": "en"}, "Invalid request: the source parameter cannot be used"),
        ({"q": "a", "source": "fr", "target": "fr"}, "Invalid request: the target parameter cannot be used"),
        ({"q": 5, **PAIR}, "Invalid request: the q parameter cannot be used"),
        ({"q": ["a", None], **PAIR}, "Invalid request: the q.1 parameter cannot be used"),
        ({"q": "a", "format": "docx", **PAIR}, "Invalid request: the format parameter cannot be used"),
        ({"q": "a", "alternatives": "many", **PAIR}, "Invalid request: the alternatives parameter cannot be used"),
        ({"q": "a", "alternatives": 11, **PAIR}, "Invalid request: the alternatives parameter cannot be used"),
        ({"q": "a" * 100_001, **PAIR}, "100001 characters"),
        ({"q": ["a"] * 51, **PAIR}, "51 texts"),
    ],
)
def test_a_wrong_field_is_named_in_libretranslates_words(
    shared_server: Served, fields: dict[str, Any], message: str
) -> None:
    answer = post(shared_server, **fields)
    assert (answer.status_code, list(answer.json())) == (400, ["error"])
    assert answer.json()["error"].startswith(message)


def test_other_errors_have_the_same_body(serve: Serve) -> None:
    served = serve(request_timeout_s=0.8)
    rate = served.runtime.keys.add("rate", rate_limit="1/hour")[1]
    quota = served.runtime.keys.add("quota", quota=3)[1]
    plain = served.runtime.keys.add("plain")[1]
    answers = [post(served, "/detect", q="a", api_key=rate) for _ in range(2)][1:]
    answers += [post(served, q="quatre", api_key=quota, **PAIR), post(served, "/suggest", api_key=plain)]
    served.valve.shut()
    answers.append(post(served, q=SENTENCE, api_key=plain, **PAIR))
    served.valve.open()
    served.runtime.drain()
    answers += [post(served, q=SENTENCE, api_key=plain, **PAIR), served.client.get("/health")]
    answers += [served.client.get("/translate"), served.client.get("/download_file/a/b/c")]
    assert [answer.status_code for answer in answers] == [429, 429, 403, 504, 503, 503, 405, 404]
    assert all(list(answer.json()) == ["error"] for answer in answers)
    assert int(answers[0].headers["retry-after"]) > 0


def test_detection_is_honest_about_doubt(shared_server: Served) -> None:
    sure = post(shared_server, "/detect", q=ENGLISH).json()
    assert sure[0]["language"] == "en"
    assert sure[0]["confidence"] > 90
    unsure = post(shared_server, "/detect", q="Total").json()
    assert unsure[0]["confidence"] < 50
    assert [item["confidence"] for item in unsure] == sorted((item["confidence"] for item in unsure), reverse=True)
    assert post(shared_server, "/detect", q=[SENTENCE, SENTENCE]).json()[0]["language"] == "fr"


def upload(served: Served, name: str, content: bytes, **fields: str) -> httpx.Response:
    return served.client.post("/translate_file", data={**PAIR, **fields}, files={"file": (name, content)})


def test_a_file_is_translated_and_fetched_once_without_a_key(serve: Serve) -> None:
    served = serve()
    _, token = served.runtime.keys.add("desk")
    answer = upload(served, "fête.html", b"<p>La <b>pluie</b> tombe.</p>", api_key=token)
    assert list(answer.json()) == ["translatedFileUrl"]
    url = answer.json()["translatedFileUrl"]
    assert url.startswith(served.url)
    part = served.client.get(url, headers={"Range": "bytes=0-2"})
    assert (part.status_code, part.text) == (206, "<p>")
    assert served.client.get(url.replace("/download_file/", "/download_file/0")).status_code == 404
    result = served.client.get(url)
    assert result.text.startswith("<p>")
    assert "f%C3%AAte.en.html" in result.headers["content-disposition"]
    served.wait_for(lambda: served.client.get(url).status_code == 404)


def test_files_that_cannot_be_translated_leave_nothing(serve: Serve) -> None:
    served = serve()
    for name, content in (("a.docx", b"no zip"), ("a.xml", b"<a>x</b>"), ("a.exe", b"MZ\0")):
        answer = upload(served, name, content)
        assert (answer.status_code, list(answer.json())) == (400, ["error"])
    missing = served.client.post("/translate_file", data=PAIR)
    assert missing.json()["error"] == "Invalid request: missing file parameter"
    assert served.runtime.jobs.list("") == []


def test_a_client_that_leaves_takes_its_file_along(serve: Serve) -> None:
    served = serve()
    served.valve.shut()
    request = served.client.build_request(
        "POST", "/translate_file", data=PAIR, files={"file": ("a.txt", SENTENCE.encode())}
    )
    head = "".join(f"{name}: {value}\r\n" for name, value in request.headers.items())
    with socket.create_connection((request.url.host, request.url.port or 0)) as connection:
        connection.sendall(f"POST /translate_file HTTP/1.1\r\n{head}\r\n".encode() + request.read())
        served.wait_for(lambda: len(served.runtime.jobs.list("")) == 1)
    served.wait_for(lambda: served.runtime.jobs.list("") == [])


def test_a_file_in_work_is_refused_when_the_service_shuts_down(serve: Serve) -> None:
    served = serve()
    served.valve.shut()
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(upload, served, "a.txt", SENTENCE.encode())
        served.wait_for(lambda: len(served.runtime.jobs.list("")) == 1)
        served.runtime.drain()
        assert answer.result().status_code == 503
    assert served.runtime.jobs.list("") == []


def test_settings_and_health(serve: Serve) -> None:
    served = serve(max_characters=123)
    settings = served.client.get("/frontend/settings").json()
    assert (settings["charLimit"], settings["keyRequired"], settings["apiKeys"]) == (123, False, False)
    assert settings["language"]["source"]["code"] == "fr"
    assert {".txt", ".html", ".docx", ".odt", ".pptx", ".epub", ".srt"} <= set(settings["supportedFilesFormat"])
    served.runtime.keys.add("desk")
    assert served.client.get("/frontend/settings").json()["keyRequired"] is True
    assert served.client.get("/health").json() == {"status": "ok"}
