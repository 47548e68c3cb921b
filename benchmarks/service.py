"""The service under load, beside LibreTranslate with the same weights and a plain FastAPI endpoint with transformers.

    python -m venv benchmarks/.peers/libretranslate/venv
    benchmarks/.peers/libretranslate/venv/bin/pip install libretranslate
    python -m benchmarks.service [--seconds 2] [--rounds 4]

Each client sends one sentence of about 20 words a request, each sentence once, so that no memory helps. The clients
run on the same cores as the server, for all systems alike. All servers run at once and are asked in turn, round after
round: what else the machine does falls on all alike, and least on the processor time of a request. In the end,
one-line requests are timed beside an article of 5,000 sentences.
"""

import argparse
import asyncio
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from benchmarks.report import print_table, signature, write_bars, write_json
from benchmarks.service_systems import OURS, PATIENCE_S, PEER, Running, started, systems

CLIENTS: Final = (1, 8, 32)
IDLE_REQUESTS: Final = 15
WARM_UP_REQUESTS: Final = 5
WORDS: Final = 20
ARTICLE_SENTENCES: Final = 5_000
ONE_LINERS: Final = 60
HEAD_START_S: Final = 0.2
PERCENT: Final = 100
HTTP_OK: Final = 200

WHO = ("Le vieux jardinier", "La jeune avocate", "Un ancien marin", "Notre voisine bretonne", "Le chef cuisinier")
DOES = ("explique calmement", "raconte volontiers", "répète souvent", "annonce enfin", "écrit aujourd'hui")
WHAT = ("que le marché couvert", "que la petite gare", "que ce grand théâtre", "que cette école rurale", "que le port")
WILL = (
    "rouvrira ses portes",
    "changera de visage",
    "accueillera du monde",
    "restera sans lumière",
    "aura un toit neuf",
)
WHEN = ("au début du printemps prochain", "avant la fin des vacances", "pendant les travaux de la rue", "dans six mois")
END = "malgré {} visiteurs."


@dataclass(frozen=True, slots=True)
class Figures:
    """Times in milliseconds or seconds, throughput in requests a second by number of clients, memory in MiB."""

    ready_s: float
    p50_ms: float
    p99_ms: float
    throughput: Mapping[int, float]
    processor_ms: float
    errors: int
    rss_idle_mib: int
    rss_loaded_mib: int


@dataclass(frozen=True, slots=True)
class Fairness:
    """Medians of one-line requests, one after the other, without and beside an article."""

    idle_ms: float
    beside_ms: float
    ratio: float


def sentences(seed: int) -> Iterator[str]:
    """About 20 words each, hardly ever twice the same; the number is one that people write without spaces."""
    draw = random.Random(seed)
    while True:
        words = " ".join(draw.choice(part) for part in (WHO, DOES, WHAT, WILL, WHEN))
        yield f"{words} {END.format(draw.randrange(2, 1000))}"


class Client:
    """One connection, kept open. Not httpx: that takes 2 ms of a core a request, most from the quickest server."""

    def __init__(self, running: Running) -> None:
        self._running = running

    async def __aenter__(self) -> "Client":
        self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self._running.port)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._writer.close()

    async def translate(self, text: str) -> bool:
        """Whether it was answered well."""
        system = self._running.system
        body = system.body(text)
        fields = f"Host: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: {len(body)}"
        self._writer.write(f"POST {system.path} HTTP/1.1\r\n{fields}\r\n\r\n".encode() + body)
        async with asyncio.timeout(PATIENCE_S):
            head = (await self._reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
            length = next(line.partition(":")[2] for line in head.split("\r\n") if line.startswith("content-length:"))
            await self._reader.readexactly(int(length))
        return int(head.split(maxsplit=2)[1]) == HTTP_OK


async def latencies(running: Running, count: int, seed: int) -> list[float]:
    """Milliseconds, one request after the other."""
    found = []
    texts = sentences(seed)
    async with Client(running) as client:
        for _ in range(count):
            began = time.perf_counter()
            if not await client.translate(next(texts)):
                raise RuntimeError(f"{running.system.name} refuses a single request")
            found.append((time.perf_counter() - began) * 1000)
    return found


async def throughput(running: Running, clients: int, seconds: float, seed: int) -> tuple[float, int]:
    """Requests answered a second, and how many failed."""
    answered = failed = 0
    began = time.perf_counter()

    async def visit(number: int) -> None:
        nonlocal answered, failed
        texts = sentences((seed * len(CLIENTS) + clients) * 1000 + number)
        async with Client(running) as client:
            while time.perf_counter() - began < seconds:
                good = await client.translate(next(texts))
                answered += good
                failed += not good

    await asyncio.gather(*(visit(number) for number in range(clients)))
    return answered / (time.perf_counter() - began), failed


async def fairness(running: Running) -> Fairness:
    """One-line requests beside an article that came first, from when its sentences are looked for."""
    draw = sentences(-ARTICLE_SENTENCES)
    article = " ".join(next(draw) for _ in range(ARTICLE_SENTENCES))
    idle = statistics.median(await latencies(running, ONE_LINERS, 1))
    async with Client(running) as client:
        long = asyncio.create_task(client.translate(article))
        await asyncio.sleep(HEAD_START_S)
        beside = statistics.median(await latencies(running, ONE_LINERS, 2))
        if long.done():
            raise RuntimeError(f"the article ended ({long.result()}) before {ONE_LINERS} requests beside it")
        long.cancel()
    return Fairness(round(idle, 1), round(beside, 1), round(beside / idle, 2))


class Record:
    """What one server has shown so far."""

    def __init__(self, running: Running) -> None:
        self.running = running
        self.times_ms: list[float] = []
        self.processor_ms: list[float] = []
        self.rates: dict[int, list[float]] = {clients: [] for clients in CLIENTS}
        self.errors = 0
        self.rss_idle_mib = 0

    async def ask(self, seconds: float, number: int) -> None:
        """One round."""
        running = self.running
        await latencies(running, WARM_UP_REQUESTS, -number - 1)
        self.rss_idle_mib = self.rss_idle_mib or running.rss_mib
        self.times_ms += await latencies(running, IDLE_REQUESTS, number)
        for clients in CLIENTS:
            used_s, began = running.processor_s, time.perf_counter()
            rate, failed = await throughput(running, clients, seconds, number)
            requests = rate * (time.perf_counter() - began)
            self.rates[clients].append(rate)
            self.errors += failed
            if clients == max(CLIENTS):
                self.processor_ms.append((running.processor_s - used_s) / max(1.0, requests) * 1000)

    def figures(self) -> Figures:
        """Of all rounds: percentiles of all requests, medians of the rounds."""
        return Figures(
            ready_s=round(self.running.ready_s, 2),
            p50_ms=round(statistics.median(self.times_ms), 1),
            p99_ms=round(statistics.quantiles(self.times_ms, n=PERCENT)[-1], 1),
            throughput={clients: round(statistics.median(rates), 1) for clients, rates in self.rates.items()},
            processor_ms=round(statistics.median(self.processor_ms), 1),
            errors=self.errors,
            rss_idle_mib=self.rss_idle_mib,
            rss_loaded_mib=self.running.rss_mib,
        )


def compare(seconds: float, rounds: int) -> tuple[dict[str, Figures], Fairness]:
    """The figures of each system that is installed, and how ours treats one-line requests."""
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        records = [
            Record(stack.enter_context(started(system, Path(name) / f"log-{number}")))
            for number, system in enumerate(systems(Path(name)))
        ]
        for number in range(rounds):
            for record in records:
                asyncio.run(record.ask(seconds, number))
                print(f"round {number + 1} of {rounds}: {record.running.system.name}", file=sys.stderr)
        results = {record.running.system.name: record.figures() for record in records}
        return results, asyncio.run(fairness(records[0].running))


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=2, help="of load for each number of clients, each round")
    parser.add_argument("--rounds", type=int, default=4)
    options = parser.parse_args()
    load_before = signature().load
    results, fair = compare(options.seconds, options.rounds)
    rows: list[list[Any]] = []
    for name, one in results.items():
        load = (*one.throughput.values(), one.processor_ms, one.errors)
        rows.append([name, one.ready_s, one.p50_ms, one.p99_ms, *load, one.rss_idle_mib, one.rss_loaded_mib])
    rates = [f"{clients} clients, req/s" for clients in CLIENTS]
    columns = ["System", "ready, s", "p50, ms", "p99, ms", *rates, "processor, ms/req", "errors", "RSS, MiB", "loaded"]
    print_table("One sentence of 20 words a request", columns, rows)
    most = max(CLIENTS)
    ratios = {
        name: {
            "throughput": round(results[OURS].throughput[most] / one.throughput[most], 2),
            "processor": round(one.processor_ms / results[OURS].processor_ms, 2),
        }
        for name, one in results.items()
        if not name.startswith(OURS)
    }
    for name, ratio in ratios.items():
        print(f"{ratio['throughput']:.1f} times {name} at {most} clients, {ratio['processor']:.1f} in processor time")
    print(f"one line: {fair.idle_ms} ms idle, {fair.beside_ms} ms beside an article, {fair.ratio} times")
    missing = [] if PEER.exists() else ["LibreTranslate: benchmarks/.peers/libretranslate is not installed"]
    setting = {"words": WORDS, "seconds": options.seconds, "rounds": options.rounds, "load_before": load_before}
    measured = {"systems": results, "ratios": ratios, "fairness": fair, "article_sentences": ARTICLE_SENTENCES}
    write_json("service", {**setting, **measured, "missing": missing})
    bars = {
        f"{clients} clients": {name: one.throughput[clients] for name, one in results.items()} for clients in CLIENTS
    }
    write_bars("service", "Sentences of 20 words a second", "requests/s", bars)


if __name__ == "__main__":
    main()
