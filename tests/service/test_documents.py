"""`/v1/jobs` over HTTP: a document goes in, comes out translated, and belongs to the key that sent it."""

import json
from typing import Any

import httpx
import pytest
from serving import Serve, Served

DOCUMENT = "# Une fête\n\nLe village danse sur la place.\n"


def create(served: Served, content: bytes = DOCUMENT.encode(), name: str = "fête.md", **fields: str) -> httpx.Response:
    headers = {"X-API-Key": token} if (token := fields.pop("token", "")) else {}
    return served.client.post("/v1/jobs", files={"file": (name, content)}, data=fields, headers=headers)


def finished(served: Served, identity: str) -> dict[str, Any]:
    served.wait_for(lambda: served.client.get(f"/v1/jobs/{identity}").json()["state"] in ("done", "failed"))
    job: dict[str, Any] = served.client.get(f"/v1/jobs/{identity}").json()
    return job


def test_a_document_is_translated_and_can_be_fetched_and_deleted(serve: Serve) -> None:
    served = serve()
    answer = create(served)
    assert answer.status_code == 202
    created = answer.json()
    assert (created["name"], created["state"], created["error"]) == ("fête.md", "queued", None)
    job = finished(served, created["id"])
    assert job["state"] == "done"
    assert job["characters_done"] == job["characters_total"] > 0
    result = served.client.get(f"/v1/jobs/{created['id']}/result")
    assert result.text.startswith("# ")
    assert result.text.count("\n\n") == 1
    assert "f%C3%AAte.en.md" in result.headers["content-disposition"]
    assert [listed["id"] for listed in served.client.get("/v1/jobs").json()] == [created["id"]]
    assert served.runtime.usage.used("") == job["characters_total"]
    assert served.client.delete(f"/v1/jobs/{created['id']}").status_code == 204
    for path in ("", "/result"):
        assert served.client.get(f"/v1/jobs/{created['id']}{path}").status_code == 404


def test_options_and_a_glossary_go_along(serve: Serve) -> None:
    served = serve()
    options = json.dumps({"glossary": {"village": "hamlet"}, "beam_size": 1})
    job = finished(served, create(served, options=options).json()["id"])
    assert job["state"] == "done"
    assert "hamlet" in served.client.get(f"/v1/jobs/{job['id']}/result").text


@pytest.mark.parametrize(
    "options", ["{", "[]", '{"unknown": 1}', '{"beam_size": 0}', '{"glossary": {"a": 1}}', '{"lines": "\\ud800"}']
)
def test_wrong_options_are_named_at_once(shared_server: Served, options: str) -> None:
    answer = create(shared_server, options=options)
    assert answer.status_code == 422
    assert "options" in answer.json()["detail"]


def test_a_result_that_is_not_ready_is_a_conflict(serve: Serve) -> None:
    served = serve()
    served.valve.shut()
    identity = create(served).json()["id"]
    early = served.client.get(f"/v1/jobs/{identity}/result")
    assert (early.status_code, early.json()["type"]) == (409, "urn:passerelle:error:not-ready")
    assert early.headers["retry-after"] == "1"
    served.valve.open()
    assert finished(served, identity)["state"] == "done"


def test_a_document_that_is_not_what_its_name_says_fails_with_the_reason(shared_server: Served) -> None:
    job = finished(shared_server, create(shared_server, b"no zip archive", "lettre.docx").json()["id"])
    assert job["state"] == "failed"
    assert job["error"]
    refused = shared_server.client.get(f"/v1/jobs/{job['id']}/result")
    assert (refused.status_code, job["error"] in refused.json()["detail"]) == (422, True)


def test_a_job_does_not_exist_for_another_key(serve: Serve) -> None:
    served = serve()
    mine, other = (served.runtime.keys.add(name)[1] for name in ("mine", "other"))
    identity = create(served, token=mine).json()["id"]
    for method, path in (("GET", ""), ("GET", "/result"), ("DELETE", "")):
        url = f"/v1/jobs/{identity}{path}"
        assert served.client.request(method, url, headers={"X-API-Key": other}).status_code == 404
    assert served.client.get("/v1/jobs", headers={"X-API-Key": other}).json() == []
    assert served.client.get(f"/v1/jobs/{identity}", headers={"X-API-Key": mine}).status_code == 200


def test_documents_count_against_the_quota(serve: Serve) -> None:
    served = serve()
    key, token = served.runtime.keys.add("small", quota=10)
    assert create(served, token=token).status_code == 202
    served.wait_for(lambda: served.runtime.usage.used(key.id) > 10)
    assert create(served, token=token).json()["type"] == "urn:passerelle:error:quota"


# Starlette leaves the part of a torn upload to the garbage collector.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_uploads_are_bounded_and_must_be_whole(serve: Serve) -> None:
    served = serve(max_upload_bytes=1000)
    assert create(served, b"x" * 1000).status_code == 413
    assert served.client.post("/v1/jobs", data={"format": "text"}).status_code == 422
    torn = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\nle mil'
    answer = served.client.post("/v1/jobs", content=torn, headers={"content-type": "multipart/form-data; boundary=b"})
    assert answer.status_code == 422
    assert served.client.get("/v1/jobs").json() == []


@pytest.mark.parametrize("identity", ["0" * 32, "..", "a'b", "%00", "é"])
def test_an_unknown_id_is_unknown(shared_server: Served, identity: str) -> None:
    assert shared_server.client.get(f"/v1/jobs/{identity}/result").status_code == 404
