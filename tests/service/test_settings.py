"""Settings come from the environment, and a wrong one says which, what it was and what is allowed."""

import pytest
from pydantic import ValidationError

from service.settings import Settings
from translator.errors import InputError


def test_the_defaults_are_the_documented_limits() -> None:
    settings = Settings()
    assert (settings.max_body_bytes, settings.max_texts, settings.max_characters) == (1_048_576, 50, 100_000)
    assert (settings.request_timeout_s, settings.max_upload_bytes) == (60, 31_457_280)
    assert not settings.open
    assert settings.cors_origins == ()


def test_values_are_read_and_lists_are_split_at_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PASSERELLE_MAX_TEXTS", "7")
    monkeypatch.setenv("PASSERELLE_OPEN", "true")
    monkeypatch.setenv("PASSERELLE_TRUSTED_PROXIES", "10.0.0.0/8, 192.0.2.1")
    monkeypatch.setenv("PASSERELLE_RATE_LIMIT", "600/minute")
    settings = Settings.read()
    assert settings.max_texts == 7
    assert settings.open
    assert settings.trusted_proxies == ("10.0.0.0/8", "192.0.2.1")
    assert settings.rate_limit == "600/minute"


@pytest.mark.parametrize(
    ("name", "value", "allowed"),
    [
        ("MAX_TEXTS", "0", "greater than or equal to 1"),
        ("MAX_TEXTS", "beaucoup", "integer"),
        ("OPEN", "peut-être", "boolean"),
        ("DEVICE", "tpu", "'auto', 'cpu' or 'cuda'"),
        ("COMPUTE_TYPE", "int4", "'default', 'int8', "),
        ("RATE_LIMIT", "vite", "600/minute"),
        ("TRUSTED_PROXIES", "10.0.0.0/8,partout", "partout"),
        ("REQUEST_TIMEOUT_S", "-1", "greater than 0"),
    ],
)
def test_a_wrong_value_is_named_with_what_is_allowed(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, allowed: str
) -> None:
    monkeypatch.setenv(f"PASSERELLE_{name}", value)
    with pytest.raises(InputError) as caught:
        Settings.read()
    message = str(caught.value)
    assert f"PASSERELLE_{name}=" in message
    assert value.rpartition(",")[2] in message
    assert allowed in message
    assert "\n" not in message


def test_a_misspelt_name_is_told_and_those_of_a_platform_are_not(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (
        ("SERVICE_HOST", "10.0.0.1"),
        ("PORT", "tcp://10.0.0.1:5000"),
        ("PORT_5000_TCP_ADDR", "10.0.0.1"),
    ):
        monkeypatch.setenv(f"PASSERELLE_{name}", value)
    assert Settings.read() == Settings()
    monkeypatch.setenv("PASSERELLE_MAX_TEXT", "7")
    with pytest.raises(InputError, match="PASSERELLE_MAX_TEXT is no setting; is PASSERELLE_MAX_TEXTS meant"):
        Settings.read()


def test_settings_cannot_be_changed() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        Settings().max_texts = 3  # type: ignore[misc]
