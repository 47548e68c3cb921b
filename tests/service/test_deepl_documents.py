"""`/v2/document`, driven by DeepL's own client: what goes in comes out translated, once, for who sent it."""

import io
from collections.abc import Iterator
from pathlib import Path

import deepl
import docx
import httpx
import pytest
from deepl import DocumentStatus
from serving import Serve, Served

TEXT = "La mairie ferme à midi.\n"
TERMS = {"mairie": "townhouse"}


@pytest.fixture
def served(serve: Serve) -> Served:
    return serve()


@pytest.fixture
def client(served: Served) -> Iterator[deepl.DeepLClient]:
    of_desk = deepl.DeepLClient(served.runtime.keys.add("desk")[1], server_url=served.url)
    yield of_desk
    of_desk.close()


def word_document() -> bytes:
    document = docx.Document()
    document.add_heading("Une annonce", 1)
    paragraph = document.add_paragraph("La ")
    paragraph.add_run("mairie").bold = True
    paragraph.add_run(" ferme à midi.")
    content = io.BytesIO()
    document.save(content)
    return content.getvalue()


def test_text_html_and_word_documents_come_back_translated(client: deepl.DeepLClient, tmp_path: Path) -> None:
    glossary = client.create_glossary("x", "FR", "EN", TERMS)
    contents = {
        "note.txt": TEXT.encode(),
        "note.html": b"<html><body><p class='a'>La <i>mairie</i> ferme.</p></body></html>",
        "note.docx": word_document(),
    }
    results = {}
    for name, content in contents.items():
        source, target = tmp_path / name, tmp_path / f"en-{name}"
        source.write_bytes(content)
        status = client.translate_document_from_filepath(
            source, target, source_lang="FR", target_lang="EN-GB", glossary=glossary
        )
        assert (status.status, status.error_message) == (DocumentStatus.Status.DONE, None)
        assert status.billed_characters > 0
        results[name] = target.read_bytes()
    assert "townhouse" in results["note.txt"].decode()
    assert results["note.html"].startswith(b"<html><body><p class='a'>")
    assert b"<i>townhouse</i>" in results["note.html"]
    paragraphs = docx.Document(io.BytesIO(results["note.docx"])).paragraphs
    assert [run.text for run in paragraphs[1].runs if run.bold] == ["townhouse"]
    assert paragraphs[0].style.name == "Heading 1"


@pytest.mark.usefixtures("no_retries")
def test_a_document_is_waited_for_fetched_once_and_forgotten(served: Served, client: deepl.DeepLClient) -> None:
    served.valve.shut()
    handle = client.translate_document_upload(TEXT, filename="note.txt", target_lang="EN-GB")
    status = client.translate_document_get_status(handle)
    assert status.status in (DocumentStatus.Status.QUEUED, DocumentStatus.Status.TRANSLATING)
    assert (status.ok, status.done, status.billed_characters) == (True, False, None)
    with pytest.raises(deepl.DocumentNotReadyException):
        client.translate_document_download(handle)
    served.valve.open()
    assert client.translate_document_wait_until_done(handle).billed_characters == len(TEXT)
    assert client.get_usage().character.count == len(TEXT)
    assert client.translate_document_download(handle).content.endswith(b"\n")
    served.wait_for(lambda: not list((served.runtime.store.directory / "jobs").iterdir()))
    for call in (client.translate_document_get_status, client.translate_document_download):
        with pytest.raises(deepl.DeepLException, match="Not found"):
            call(handle)


def test_a_document_opens_only_to_its_key_in_both_senses(served: Served, client: deepl.DeepLClient) -> None:
    handle = client.translate_document_upload(TEXT, filename="note.txt", target_lang="EN-GB")
    other = deepl.DeepLClient(served.runtime.keys.add("other")[1], server_url=served.url)
    wrong = deepl.DocumentHandle(handle.document_id, "0" * 64)
    unknown = deepl.DocumentHandle("0" * 32, handle.document_key)
    for caller, asked in ((other, handle), (client, wrong), (client, unknown)):
        for call in (caller.translate_document_get_status, caller.translate_document_download):
            with pytest.raises(deepl.DeepLException, match="Not found"):
                call(asked)
    missing = served.client.post(f"/v2/document/{handle.document_id}", headers=client.headers)
    assert (missing.status_code, missing.json()["message"]) == (400, "Parameter 'document_key' not specified.")
    assert client.translate_document_wait_until_done(handle).ok
    other.close()


def test_a_document_that_cannot_be_read_says_why(client: deepl.DeepLClient) -> None:
    broken = word_document()[:-200]
    handle = client.translate_document_upload(broken, filename="note.docx", target_lang="EN-GB")
    status = client.translate_document_wait_until_done(handle)
    assert (status.status, status.ok) == (DocumentStatus.Status.ERROR, False)
    assert status.error_message
    with pytest.raises(deepl.DeepLException, match="Bad request"):
        client.translate_document_download(handle)


@pytest.mark.parametrize(
    ("name", "content", "options", "reason"),
    [
        ("note.docx", b"plain text", {}, "is not docx"),
        ("note.txt", b"%PDF-1.7", {}, "is not text"),
        ("note.exe", b"MZ\0", {}, "is not known"),
        ("note.txt", b"Il pleut.", {"output_format": "docx"}, "output_format not supported"),
        ("note.txt", b"Il pleut.", {"target_lang": "DE"}, "Value for 'target_lang' not supported"),
        ("note.txt", b"Il pleut.", {"source_lang": "FR", "glossary": "0"}, "Glossary not found"),
        ("note.txt", b"Il pleut.", {"translation_memory": "0"}, "Translation memory not found"),
    ],
)
def test_what_cannot_work_is_refused_at_once(
    shared_server: Served, name: str, content: bytes, options: dict[str, str], reason: str
) -> None:
    client = deepl.DeepLClient("any", server_url=shared_server.url)
    with pytest.raises(deepl.DeepLException, match=reason):
        client.translate_document_upload(content, filename=name, **{"target_lang": "EN-GB"} | options)
    client.close()


def test_the_name_may_stand_in_a_field_and_the_format_may_be_said(shared_server: Served) -> None:
    def upload(**fields: str) -> httpx.Response:
        files = {"file": ("blob", b"<p>Il pleut.</p>")}
        return shared_server.client.post("/v2/document", data={"target_lang": "EN"} | fields, files=files)

    assert upload(filename="a.html", output_format="htm").status_code == 200
    assert upload(filename="a.html", output_format="HTML").status_code == 200
    none = shared_server.client.post("/v2/document", data={"target_lang": "EN"})
    assert (none.status_code, none.json()["message"]) == (400, "Parameter 'file' not specified.")


@pytest.mark.usefixtures("no_retries")
def test_documents_are_bounded(serve: Serve) -> None:
    served = serve(max_upload_bytes=2000, max_jobs_per_key=1)
    _, token = served.runtime.keys.add("small", quota=10)
    client = deepl.DeepLClient(token, server_url=served.url)
    with pytest.raises(deepl.DeepLException, match="413"):
        client.translate_document_upload("x" * 3000, filename="note.txt", target_lang="EN-GB")
    handle = client.translate_document_upload(TEXT, filename="note.txt", target_lang="EN-GB")
    client.translate_document_wait_until_done(handle)
    with pytest.raises(deepl.QuotaExceededException):
        client.translate_document_upload(TEXT, filename="note.txt", target_lang="EN-GB")
    client.close()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # Starlette leaves a torn part open
def test_an_upload_that_stops_half_way_makes_no_job(shared_server: Served) -> None:
    torn = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\nle mil'
    kind = {"Content-Type": "multipart/form-data; boundary=b"}
    answer = shared_server.client.post("/v2/document?target_lang=EN", content=torn, headers=kind)
    assert (answer.status_code, list(answer.json())) == (400, ["message"])
