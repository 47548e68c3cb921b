"""The page as it is served: under its policy, from this service alone, and nothing else with it."""

import re

import pytest
from serving import Served

from service.web import ASSETS, FOLDER


def test_the_page_comes_under_a_policy_that_lets_nothing_else_in(shared_server: Served) -> None:
    answer = shared_server.client.get("/")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    policy = dict(part.split(" ", 1) for part in answer.headers["content-security-policy"].split("; "))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == "'self'"
    assert policy["trusted-types"] == "'none'"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "<title>Passerelle" in answer.text


def test_every_file_of_the_page_is_served_and_used(shared_server: Served) -> None:
    texts = {}
    for name, media_type in ASSETS.items():
        answer = shared_server.client.get(f"/page/{name}")
        assert answer.status_code == 200
        assert answer.headers["content-type"].split(";")[0] == media_type
        texts[name] = answer.text
    everything = shared_server.client.get("/").text + "".join(texts.values())
    for name in ASSETS:
        assert f"page/{name}" in everything or f'"./{name}"' in everything
    assert {path.name for path in FOLDER.iterdir() if path.is_file()} == {*ASSETS, "index.html", "__init__.py"}


def test_nothing_is_loaded_from_elsewhere_or_set_as_markup(shared_server: Served) -> None:
    page = shared_server.client.get("/").text
    for link in re.findall(r'(?:src|href)="([^"]*)"', page):
        assert link in {"docs", *(f"page/{name}" for name in ASSETS)}
    for name in ASSETS:
        text = shared_server.client.get(f"/page/{name}").text
        assert not re.search(r"https?://(?!www\.w3\.org/2000/svg)|@import|url\(", text)
        assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b", text)


@pytest.mark.parametrize("name", ["nothing.js", "__init__.py", "index.html", "..%2Fapp.py", "%2e%2e%2fsettings.py"])
def test_no_other_file_can_be_had(shared_server: Served, name: str) -> None:
    answer = shared_server.client.get(f"/page/{name}")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


def test_the_page_is_no_part_of_the_described_api(shared_server: Served) -> None:
    paths = shared_server.client.get("/openapi.json").json()["paths"]
    assert "/" not in paths
    assert not any(path.startswith("/page") for path in paths)
