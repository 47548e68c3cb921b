"""Many clients, long articles, clients that leave: nobody is failed, nobody waits for another, nothing is left over."""

import asyncio
import json
import os
import random
import statistics
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from processes import PATIENCE_S, Process, process

pytestmark = [pytest.mark.system, pytest.mark.timeout(600)]

CLIENTS = 64
LOAD_S = float(os.environ.get("PASSERELLE_LOAD_SECONDS", "15"))
SENTENCES = 5_000
ONE_LINERS = 25
DROPPED = 200
HUGE_CHARACTERS = 90_000
PATIENCE_BEFORE_LEAVING_S = 0.5
WITHOUT_MEMORY = {"PASSERELLE_MEMORY_ENTRIES": "0"}

WHO = ("Le maire", "Une voisine", "Le capitaine", "La directrice", "Un apprenti", "Le facteur", "Sa cousine")
DOES = ("annonce", "retarde", "prépare", "dessine", "raconte", "oublie", "découvre", "photographie")
WHAT = ("la fête du village", "un long voyage", "le marché aux fleurs", "une course à pied", "la vente du moulin")
WHEN = ("ce matin", "avant la pluie", "depuis trois semaines", "sans prévenir personne", "à la surprise générale")


def sentence(draw: random.Random) -> str:
    number = draw.randrange(2, 10**6)
    return f"{draw.choice(WHO)} {draw.choice(DOES)} {draw.choice(WHAT)} {draw.choice(WHEN)} au numéro {number}."


async def visit(client: httpx.AsyncClient, number: int, until: float, outcomes: Counter[str]) -> None:
    draw = random.Random(number)
    while time.monotonic() < until:
        texts = [sentence(draw) for _ in range(draw.choice((1, 1, 1, 4)))]
        path, body = draw.choice(
            (
                ("/v1/translate", {"text": texts}),
                ("/v1/translate", {"text": texts, "details": True}),
                ("/v1/translate", {"text": [f"<p>{text}</p>" for text in texts], "format": "html"}),
                ("/v1/translate/stream", {"text": texts}),
                ("/v2/translate", {"text": texts, "target_lang": "EN"}),
                ("/translate", {"q": texts, "source": "fr", "target": "en"}),
            )
        )
        try:
            answer = await client.post(path, json=body)
        except httpx.HTTPError as error:
            outcomes[type(error).__name__] += 1
            continue
        failed = answer.status_code == 200 and "event: error" in answer.text
        outcomes["error in stream" if failed else str(answer.status_code)] += 1


async def crowd(url: str) -> Counter[str]:
    outcomes: Counter[str] = Counter()
    limits = httpx.Limits(max_connections=CLIENTS)
    async with httpx.AsyncClient(base_url=url, timeout=PATIENCE_S, limits=limits) as client:
        until = time.monotonic() + LOAD_S
        await asyncio.gather(*(visit(client, number, until, outcomes) for number in range(CLIENTS)))
    return outcomes


def test_sixty_four_clients_at_once_see_no_error(
    tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    with process(tmp_path, **WITHOUT_MEMORY) as served:
        outcomes = asyncio.run(crowd(served.url))
        print(f"{outcomes.total()} requests of {CLIENTS} clients in {LOAD_S:g} s: {dict(outcomes)}")
        assert served.gauge("passerelle_requests_running") == 0
    record_property("load_seconds", LOAD_S)
    record_property("load_requests", outcomes.total())
    record_property("load_failures", outcomes.total() - outcomes["200"])
    assert set(outcomes) == {"200"}
    assert outcomes.total() >= CLIENTS


async def latencies(client: httpx.AsyncClient, draw: random.Random, count: int) -> list[float]:
    """Seconds of one-line requests, one after the other."""
    found = []
    for _ in range(count):
        began = time.monotonic()
        answer = await client.post("/v1/translate", json={"text": sentence(draw)})
        found.append(time.monotonic() - began)
        assert answer.status_code == 200
    return found


async def beside_an_article(served: Process) -> tuple[list[float], list[float], bool]:
    """Seconds of one-line requests before and beside a long article, and whether the article came first."""
    draw = random.Random(5)
    article = " ".join(sentence(draw) for _ in range(SENTENCES))
    async with httpx.AsyncClient(base_url=served.url, timeout=10 * PATIENCE_S) as client:
        await latencies(client, draw, 5)
        idle = await latencies(client, draw, ONE_LINERS)
        long = asyncio.create_task(client.post("/v1/translate", json={"text": article}))
        while await asyncio.to_thread(served.gauge, "passerelle_batches_running") == 0:
            assert not long.done()
        beside = await latencies(client, draw, ONE_LINERS)
        overtaken = long.done()
        long.cancel()
    return idle, beside, overtaken


def test_one_line_requests_overtake_an_article_of_five_thousand_sentences(
    tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    large = {
        "PASSERELLE_MAX_CHARACTERS": "1000000",
        "PASSERELLE_MAX_BODY_BYTES": "4000000",
        "PASSERELLE_REQUEST_TIMEOUT_S": "600",
    }
    with process(tmp_path, **WITHOUT_MEMORY, **large) as served:
        idle, beside, overtaken = asyncio.run(beside_an_article(served))
    middle, loaded = statistics.median(idle), statistics.median(beside)
    print(
        f"one line: {middle * 1000:.0f} ms idle, {loaded * 1000:.0f} ms beside the article, {loaded / middle:.1f} times"
    )
    record_property("one_line_beside_an_article_times", round(loaded / middle, 2))
    assert not overtaken


async def send_and_leave(port: int, request: bytes) -> None:
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(request)
        await asyncio.sleep(PATIENCE_BEFORE_LEAVING_S)
    finally:
        writer.transport.abort()


async def leave_all(port: int) -> None:
    draw = random.Random(6)
    requests = []
    for _ in range(DROPPED):
        text = ""
        while len(text) < HUGE_CHARACTERS:
            text += sentence(draw) + " "
        body = json.dumps({"text": text}).encode()
        fields = f"Host: x\r\nContent-Type: application/json\r\nContent-Length: {len(body)}"
        requests.append(f"POST /v1/translate HTTP/1.1\r\n{fields}\r\n\r\n".encode() + body)
    await asyncio.gather(*(send_and_leave(port, request) for request in requests))


def test_a_storm_of_clients_that_leave_blocks_nobody(tmp_path: Path) -> None:
    with process(tmp_path, **WITHOUT_MEMORY) as served:
        asyncio.run(leave_all(served.port))
        began = time.monotonic()
        answer: dict[str, Any] = served.client.post("/v1/translate", json={"text": "Le calme revient."}).json()
        print(f"after {DROPPED} huge requests whose clients left, one line took {time.monotonic() - began:.2f} s")
        assert "calm" in answer["translations"][0]["text"].lower()
        deadline = time.monotonic() + PATIENCE_S
        while served.gauge("passerelle_queue_tokens") or served.gauge("passerelle_requests_running"):
            assert time.monotonic() < deadline
            time.sleep(0.05)
        print(f"all was empty after {time.monotonic() - began:.2f} s")
