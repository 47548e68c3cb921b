"""A result is forgotten when all of it was sent, and only then."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from service.api.handover import OnceSent

CONTENT = b"Good morning."


async def never() -> dict[str, Any]:
    await asyncio.Event().wait()
    raise AssertionError


async def gone() -> dict[str, Any]:
    return {"type": "http.disconnect"}


@pytest.mark.parametrize(
    ("method", "headers", "receive", "forgotten"),
    [
        ("GET", [], never, True),
        ("POST", [], never, True),
        ("GET", [], gone, False),
        ("GET", [(b"range", b"bytes=0-3")], never, False),
        ("GET", [(b"range", b"bytes=90-")], never, False),
        ("HEAD", [], never, False),
    ],
)
def test_a_part_or_a_broken_download_leaves_the_rest(
    tmp_path: Path, method: str, headers: list[tuple[bytes, bytes]], receive: Any, forgotten: bool
) -> None:
    path = tmp_path / "result"
    path.write_bytes(CONTENT)
    sent: list[dict[str, Any]] = []
    done: list[bool] = []

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"type": "http", "method": method, "path": "/", "headers": headers, "query_string": b"", "extensions": {}}
    response = OnceSent(path, "a.txt", lambda: done.append(True))
    asyncio.run(response(scope, receive, send))
    assert done == [True] * forgotten
    assert sent[0]["type"] == "http.response.start"
