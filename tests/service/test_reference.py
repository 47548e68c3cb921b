"""The reference of the API, as a browser without network gets it."""

import re

from serving import Served


def test_lists_every_route_and_loads_nothing(shared_server: Served) -> None:
    page = shared_server.client.get("/docs")
    document = shared_server.client.get("/openapi.json").json()

    assert page.status_code == 200
    assert "script" not in page.headers["Content-Security-Policy"]
    assert not re.search(r"<script|src=|https?://(?!127)", page.text)
    for path in document["paths"]:
        assert path in page.text
    assert "split_sentences" in page.text
