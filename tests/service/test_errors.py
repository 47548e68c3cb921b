"""The table from causes to statuses, and the body that each API gives an error."""

import json

import pytest
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from service.errors import STATUSES, Cause, Family, RequestError, body_of, family_of, problem_of, respond
from translator.errors import (
    CancelledError,
    DeadlineError,
    DocumentError,
    EncodingError,
    GlossaryError,
    MissingExtraError,
    ModelError,
    OverloadedError,
)


def test_every_cause_has_its_statuses() -> None:
    assert set(STATUSES) == set(Cause)


@pytest.mark.parametrize(
    ("error", "native", "deepl", "libretranslate"),
    [
        (RequestError(Cause.MISSING_KEY, "m"), 401, 403, 400),
        (RequestError(Cause.WRONG_KEY, "m"), 403, 403, 403),
        (RequestError(Cause.INVALID, "m"), 422, 400, 400),
        (RequestError(Cause.TOO_LARGE, "m"), 413, 413, 400),
        (RequestError(Cause.UNKNOWN, "m"), 404, 404, 404),
        (RequestError(Cause.NOT_OFFERED, "m"), 403, 403, 403),
        (RequestError(Cause.QUOTA, "m"), 429, 456, 429),
        (RequestError(Cause.RATE, "m", retry_after_s=3), 429, 429, 429),
        (RequestError(Cause.NOT_READY, "m", retry_after_s=1), 409, 503, 409),
        (OverloadedError("m", retry_after_s=2.5), 503, 503, 503),
        (DeadlineError("m"), 504, 504, 504),
        (CancelledError("m"), 499, 499, 499),
        (DocumentError("m"), 422, 400, 400),
        (GlossaryError("m"), 422, 400, 400),
        (EncodingError("m", offset=3), 422, 400, 400),
        (MissingExtraError("docx", "documents"), 422, 400, 400),
        (ModelError("m"), 500, 500, 500),
        (ZeroDivisionError("m"), 500, 500, 500),
        (HTTPException(404), 404, 404, 404),
        (HTTPException(405, headers={"Allow": "GET"}), 405, 405, 405),
        (HTTPException(400), 422, 400, 400),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else None,
)
def test_each_api_has_its_status_and_body(error: Exception, native: int, deepl: int, libretranslate: int) -> None:
    answers = {}
    for path, status in (("/v1/translate", native), ("/v2/translate", deepl), ("/translate", libretranslate)):
        answer = respond({"path": path}, error)
        assert answer.status_code == status
        answers[path] = answer
    problem = json.loads(bytes(answers["/v1/translate"].body))
    assert answers["/v1/translate"].headers["content-type"] == "application/problem+json"
    assert problem["status"] == native
    assert problem["type"].startswith("urn:passerelle:error:")
    assert set(json.loads(bytes(answers["/v2/translate"].body))) == {"message"}
    assert set(json.loads(bytes(answers["/translate"].body))) == {"error"}


@pytest.mark.parametrize(
    ("path", "family"),
    [
        ("/v1/translate", Family.NATIVE),
        ("/v2/glossaries/x", Family.DEEPL),
        ("/v3/glossaries", Family.DEEPL),
        ("/translate", Family.LIBRETRANSLATE),
        ("/translate_file", Family.LIBRETRANSLATE),
        ("/frontend/settings", Family.LIBRETRANSLATE),
        ("/health", Family.LIBRETRANSLATE),
        ("/health/ready", Family.NATIVE),
        ("/translated", Family.NATIVE),
        ("/", Family.NATIVE),
        ("", Family.NATIVE),
        ("/v2x", Family.NATIVE),
    ],
)
def test_a_path_belongs_to_one_api(path: str, family: Family) -> None:
    assert family_of(path) is family


def test_the_root_path_of_a_proxy_does_not_hide_the_api() -> None:
    answer = respond({"path": "/traduire/v2/translate", "root_path": "/traduire"}, RequestError(Cause.INVALID, "m"))
    assert set(json.loads(bytes(answer.body))) == {"message"}


def test_waiting_is_told_in_whole_seconds_of_one_at_least() -> None:
    assert respond({"path": "/"}, OverloadedError("m", retry_after_s=2.1)).headers["retry-after"] == "3"
    assert respond({"path": "/"}, RequestError(Cause.RATE, "m", retry_after_s=0)).headers["retry-after"] == "1"
    assert "retry-after" not in respond({"path": "/"}, DeadlineError("m")).headers


def test_a_fault_of_ours_tells_nothing_of_itself() -> None:
    body = body_of(problem_of(ValueError("le texte de l'utilisateur")), Family.NATIVE)
    assert "utilisateur" not in json.dumps(body, ensure_ascii=False)


def test_validation_names_the_fields_and_never_repeats_the_values() -> None:
    details = [
        {"loc": ("body", "text", "str"), "msg": "Input should be a valid string", "input": "secret"},
        {"loc": ("body",), "msg": "Value error, too much", "input": "secret"},
    ]
    body = body_of(problem_of(RequestValidationError(details)), Family.NATIVE)
    assert body["errors"] == [
        {"field": "text.str", "message": "Input should be a valid string"},
        {"field": "body", "message": "too much"},
    ]
    assert "secret" not in json.dumps(body)


def test_what_is_no_unicode_can_still_be_told() -> None:
    details = [{"loc": ("body", "glossary", "\ud800"), "msg": "Input should be a valid string", "input": None}]
    assert b"ud800" in bytes(respond({"path": "/v1/translate"}, RequestValidationError(details)).body)
