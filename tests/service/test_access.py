"""Who gets in: keys, rates, quotas, and what happens where there are none."""

import asyncio
from pathlib import Path

import httpx
import pytest
from serving import Serve, Served

from service.app import create_app
from service.auth import is_loopback
from service.settings import Settings
from translator import Translator

BODY = {"text": "Bonjour."}


def post(served: Served, **headers: str) -> httpx.Response:
    return served.client.post(
        "/v1/translate", json=BODY, headers={name.replace("_", "-"): v for name, v in headers.items()}
    )


@pytest.fixture
def locked(serve: Serve) -> tuple[Served, str]:
    served = serve()
    _, token = served.runtime.keys.add("desk")
    return served, token


def test_the_right_key_opens_in_every_place_it_may_stand(locked: tuple[Served, str]) -> None:
    served, token = locked
    for header in ({"Authorization": f"Bearer {token}"}, {"Authorization": f"bearer {token}"}, {"X-API-Key": token}):
        assert served.client.post("/v1/translate", json=BODY, headers=header).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": ""},
        {"Authorization": "Bearer"},
        {"Authorization": "Basic dXNlcjpwYXNz"},
        {"X-API-Key": ""},
    ],
)
def test_without_a_key_nobody_gets_in(locked: tuple[Served, str], headers: dict[str, str]) -> None:
    for method, path in (("POST", "/v1/translate"), ("POST", "/v1/translate/stream"), ("GET", "/v1/jobs")):
        response = locked[0].client.request(method, path, json=BODY, headers=headers)
        assert response.status_code == 401
        assert response.headers["www-authenticate"] == "Bearer"
        assert response.json()["type"] == "urn:passerelle:error:missing-key"


@pytest.mark.parametrize("token", ["x", "psk_0_0", "psk_" + "0" * 16 + "_" + "0" * 64, "clé", "ключ", "k" * 5000])
def test_a_wrong_key_is_refused(locked: tuple[Served, str], token: str) -> None:
    headers = [(b"Authorization", b"Bearer " + token.encode())]
    response = locked[0].client.post("/v1/translate", json=BODY, headers=headers)
    assert (response.status_code, response.json()["type"]) == (403, "urn:passerelle:error:wrong-key")


def test_a_revoked_key_is_refused_at_once(locked: tuple[Served, str]) -> None:
    served, token = locked
    assert post(served, X_API_Key=token).status_code == 200
    served.runtime.keys.revoke("desk")
    assert post(served, X_API_Key=token).status_code == 403


def test_probes_and_metrics_need_no_key(locked: tuple[Served, str]) -> None:
    for path in ("/health/live", "/health/ready", "/metrics", "/openapi.json"):
        assert locked[0].client.get(path).status_code == 200


@pytest.mark.parametrize(
    ("is_open", "address", "status"), [(False, "192.0.2.7", 403), (True, "192.0.2.7", 200), (False, "::1", 200)]
)
def test_without_any_key_only_this_machine_gets_in_unless_the_service_is_open(
    translator: Translator, tmp_path: Path, is_open: bool, address: str, status: int
) -> None:
    app = create_app(settings=Settings(state_dir=tmp_path, open=is_open), load=lambda: translator)

    async def visit() -> int:
        transport = httpx.ASGITransport(app=app, client=(address, 1234))
        async with httpx.AsyncClient(transport=transport, base_url="http://service") as client:
            return (await client.get("/v1/jobs")).status_code

    assert asyncio.run(visit()) == status


def test_forwarded_addresses_count_only_from_trusted_proxies(serve: Serve) -> None:
    forwarded = {"X-Forwarded-For": "192.0.2.9"}
    plain = serve()
    assert plain.client.get("/v1/jobs", headers=forwarded).status_code == 200
    behind = serve(trusted_proxies=("127.0.0.1",))
    assert behind.client.get("/v1/jobs", headers=forwarded).status_code == 403


@pytest.mark.parametrize(
    ("host", "local"),
    [("127.0.0.1", True), ("127.8.8.8", True), ("::1", True), ("localhost", True), ("0.0.0.0", False), ("::", False)],
)
def test_loopback_is_told_from_the_rest(host: str, local: bool) -> None:
    assert is_loopback(host) is local


def test_a_rate_is_counted_for_each_key(serve: Serve) -> None:
    served = serve(rate_limit="3/hour")
    _, slow = served.runtime.keys.add("slow", rate_limit="1/hour")
    _, other = served.runtime.keys.add("other")
    assert [post(served, X_API_Key=slow).status_code for _ in range(2)] == [200, 429]
    answers = [post(served, X_API_Key=other) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert 1 <= int(answers[-1].headers["retry-after"]) <= 3600
    assert answers[-1].json()["type"] == "urn:passerelle:error:rate"


def test_a_quota_is_used_up_to_the_character_and_failures_are_free(serve: Serve) -> None:
    served = serve()
    key, token = served.runtime.keys.add("small", quota=2 * len(BODY["text"]))
    served.valve.broken = True
    assert post(served, X_API_Key=token).status_code == 500
    served.valve.broken = False
    assert served.runtime.usage.used(key.id) == 0
    assert [post(served, X_API_Key=token).status_code for _ in range(3)] == [200, 200, 429]
    last = post(served, X_API_Key=token)
    assert last.json()["type"] == "urn:passerelle:error:quota"
    assert served.runtime.usage.used(key.id) == 2 * len(BODY["text"])


def test_cors_is_off_unless_an_origin_is_named(serve: Serve) -> None:
    origin = {"Origin": "https://example.org"}
    assert "access-control-allow-origin" not in serve().client.get("/health/live", headers=origin).headers
    allowing = serve(cors_origins=("https://example.org",))
    answer = allowing.client.get("/health/live", headers=origin)
    assert answer.headers["access-control-allow-origin"] == "https://example.org"
    stranger = allowing.client.get("/health/live", headers={"Origin": "https://example.com"})
    assert "access-control-allow-origin" not in stranger.headers
