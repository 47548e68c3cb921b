"""Ten thousand requests that no client should send: each is answered or cut off, none is a fault, nothing is kept."""

import asyncio
import json
import random
import string
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
from processes import PATIENCE_S, Process, process

pytestmark = [pytest.mark.system, pytest.mark.timeout(600)]

REQUESTS = 10_000
WARM_UP = 2_000
"""Requests after which the memory of the process should no longer grow."""
GROWTH = 1.10
VISITORS = 16
LORISES = 64
DRIP_S = 0.5
FIRST_FAULT = 500
OVERLOADED = 503
CUT_OFF = 0
HUGE_BODY = b'{"text": "' + b"a" * (1 << 20) + b'"}'
DEPTH = 50_000

ROUTES = (
    "/v1/translate",
    "/v1/translate/stream",
    "/v1/jobs",
    "/v2/translate",
    "/v2/document",
    "/v2/glossaries",
    "/v3/glossaries",
    "/translate",
    "/detect",
    "/translate_file",
    "/nowhere",
)
Draw = random.Random


def head(route: str, *fields: str, method: str = "POST") -> bytes:
    return "\r\n".join((f"{method} {route} HTTP/1.1", "Host: x", *fields, "", "")).encode("utf-8", "surrogateescape")


def with_body(draw: Draw, body: bytes, kind: str = "application/json") -> bytes:
    return head(draw.choice(ROUTES), f"Content-Type: {kind}", f"Content-Length: {len(body)}") + body


def anything(draw: Draw, depth: int = 0) -> object:
    """A JSON value of any type."""
    leaf = depth > 2 or draw.random() < 0.5
    if leaf:
        return draw.choice([None, True, -1, 10**400, 1.5, "", " ", "mot", "\ud800", "\0", [], {}])
    if draw.random() < 0.5:
        return [anything(draw, depth + 1) for _ in range(draw.randrange(4))]
    return {draw.choice(("text", "q", "source", "options", "")): anything(draw, depth + 1) for _ in range(3)}


def wrong_types(draw: Draw) -> bytes:
    names = ("text", "q", "source", "target", "source_lang", "target_lang", "glossary", "lines", "beam_size", "entries")
    body = {name: anything(draw) for name in draw.sample(names, 4)}
    return with_body(draw, json.dumps(body).encode("utf-8", "surrogatepass"))


def bad_utf8(draw: Draw) -> bytes:
    kind = draw.choice(("application/json", "application/x-www-form-urlencoded", "text/plain; charset=utf-16", "é"))
    return with_body(draw, b'{"text": "' + draw.randbytes(draw.randrange(1, 60)) + b'"}', kind)


def bad_json(draw: Draw) -> bytes:
    whole = b'{"text": ["Bonjour.", "Merci."], "target_lang": "EN"}'
    return with_body(draw, whole[: draw.randrange(len(whole))] + draw.choice((b"", b"}", b"\0", b"NaN", b",,")))


def deep(draw: Draw) -> bytes:
    opening = draw.choice((b"[", b'{"text":', b'{"text":[['))
    return with_body(draw, opening * draw.randrange(1_000, DEPTH))


def random_form(draw: Draw) -> bytes:
    body = "&".join(f"{draw.choice(('text', 'q', 'target_lang', '%'))}=%{draw.choice('0fF%zé')}" for _ in range(20))
    return with_body(draw, body.encode(), "application/x-www-form-urlencoded")


def torn_upload(draw: Draw) -> bytes:
    kind = "multipart/form-data" + draw.choice(("; boundary=b", "", "; boundary=", "; boundary=" + "b" * 200))
    part = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.docx"\r\n\r\nPK'
    return with_body(draw, draw.choice((part, part * 20, b"--b--", b"--b\r\n" * 50, draw.randbytes(200))), kind)


def broken_chunks(draw: Draw) -> bytes:
    chunks = draw.choice(
        (b"zz\r\nabc\r\n", b"3\r\nabcdef\r\n0\r\n\r\n", b"-1\r\n", b"f" * 30 + b"\r\n", b"3\r\n{}", b"")
    )
    return head(draw.choice(ROUTES), "Content-Type: application/json", "Transfer-Encoding: chunked") + chunks


def broken_head(draw: Draw) -> bytes:
    route = draw.choice(ROUTES)
    return draw.choice(
        (
            draw.randbytes(40) + b"\r\n\r\n",
            b"POST " + route.encode() + b"\r\n\r\n",
            head(route, "Content-Length: many"),
            head(route, "Content-Length: 3", "Content-Length: 4") + b"abcd",
            head(route, "Content-Length: 4", "Transfer-Encoding: chunked") + b"0\r\n\r\n",
            head(route, "no colon here"),
            head(route, "X: " + "a" * 100_000),
            head(route, "Expect: 200-maybe", "Upgrade: h2c", "Connection: Upgrade"),
            head(route + "?" + "%ff%00&" * 100, method="GET"),
            head("/" + "".join(draw.choices(string.printable, k=30)).replace(" ", ""), method="GET"),
            head(route, method=draw.choice(("BREW", "TRACE", "CONNECT", "OPTIONS", "HEAD", "patch"))),
            head(f"/v1/jobs/{draw.choice(('..%2f..', '%00', 'é', 'x' * 5000))}/result", method="GET"),
            head(route, "Authorization: " + draw.choice(("Bearer", "DeepL-Auth-Key é", "Bearer " + "k" * 5000))),
        )
    )


def missing_body(draw: Draw) -> bytes:
    """Declared and not sent: the other half of the socket is closed."""
    length = draw.choice((1, 1000, 10**6, 10**12))
    return head(draw.choice(ROUTES), "Content-Type: application/json", f"Content-Length: {length}") + b'{"text":'


def huge(draw: Draw) -> bytes:
    body = with_body(draw, HUGE_BODY)
    return (
        body
        if draw.random() < 0.5
        else head(draw.choice(ROUTES), "Transfer-Encoding: chunked") + (b"10000\r\n" + b"a" * 65536 + b"\r\n") * 20
    )


KINDS: tuple[tuple[Callable[[Draw], bytes], int], ...] = (
    (wrong_types, 30),
    (bad_utf8, 12),
    (bad_json, 12),
    (deep, 6),
    (random_form, 6),
    (torn_upload, 8),
    (broken_chunks, 8),
    (broken_head, 14),
    (missing_body, 8),
    (huge, 1),
)
"""Each with its weight."""


async def send(port: int, request: bytes, *, half_close: bool) -> int:
    """The status of the answer; `CUT_OFF` where the server closed without one."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        async with asyncio.timeout(PATIENCE_S):
            try:
                writer.write(request)
                await writer.drain()
                if half_close:
                    writer.write_eof()
                line = await reader.readline()
            except ConnectionError:
                return CUT_OFF
        return int(line.split()[1]) if line else CUT_OFF
    finally:
        writer.close()


async def visit(port: int, draw: Draw, count: int, answers: Counter[tuple[str, int]]) -> None:
    kinds, weights = zip(*KINDS, strict=True)
    for kind in draw.choices(kinds, weights, k=count):
        # A server may wait for the rest of these; all others it can answer as they are.
        half_close = kind in (missing_body, broken_chunks, broken_head) or draw.random() < 0.2
        answers[kind.__name__, await send(port, kind(draw), half_close=half_close)] += 1


async def storm(port: int, count: int, seed: int) -> Counter[tuple[str, int]]:
    answers: Counter[tuple[str, int]] = Counter()
    share = count // VISITORS
    await asyncio.gather(*(visit(port, Draw(seed * VISITORS + number), share, answers) for number in range(VISITORS)))
    return answers


async def drip(port: int, ended: asyncio.Event) -> None:
    """A header that never ends, a byte at a time."""
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"POST /v1/translate HTTP/1.1\r\nX-Slow: ")
    try:
        while not ended.is_set():
            writer.write(b"a")
            await asyncio.sleep(DRIP_S)
    finally:
        writer.close()


async def all_at_once(served: Process) -> tuple[Counter[tuple[str, int]], int, int]:
    """Answers by kind and status; resident bytes after the warm-up and at the end."""
    memory = psutil.Process(served.pid).memory_info
    ended = asyncio.Event()
    lorises = [asyncio.create_task(drip(served.port, ended)) for _ in range(LORISES)]
    answers = await storm(served.port, WARM_UP, 0)
    before = memory().rss
    answers += await storm(served.port, REQUESTS - WARM_UP, 1)
    after = memory().rss
    ended.set()
    await asyncio.gather(*lorises, return_exceptions=True)
    return answers, before, after


def test_ten_thousand_malformed_requests_are_no_fault_and_leave_nothing(tmp_path: Path) -> None:
    with process(tmp_path) as served:
        began = time.monotonic()
        answers, before, after = asyncio.run(all_at_once(served))
        print(f"{answers.total()} requests in {time.monotonic() - began:.1f} s; {before >> 20} then {after >> 20} MiB")
        for kind, status in sorted(answers):
            print(f"{kind:14} {status:4} {answers[kind, status]:6}")
        whole = served.client.post("/v1/translate", json={"text": "Bonjour."})
        assert whole.status_code == 200
        assert served.gauge("passerelle_requests_running") == 0
        assert served.gauge("passerelle_queue_tokens") == 0
        faults = Counter(line.get("error", line["message"]) for line in served.log if line["level"] == "error")
    assert not faults
    assert served.foreign == []
    assert {status for _, status in answers if status >= FIRST_FAULT} <= {OVERLOADED}
    assert answers.total() == REQUESTS
    assert after <= before * GROWTH
