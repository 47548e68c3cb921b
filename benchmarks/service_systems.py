"""The servers that `benchmarks.service` compares: how each is started, and what one request to it looks like.

LibreTranslate runs without its sentence splitter, whose model would have to be downloaded: each text is taken for one
sentence, which is in its favour. It and the plain endpoint run at their defaults and once more with one thread a
translation: two threads that meet at every operation wait for each other's wake-up on an idle virtual machine.
"""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import httpx
import psutil

import translator
from translator.conversion import convert

ROOT = Path(__file__).resolve().parents[1]
PEER = ROOT / "benchmarks" / ".peers" / "libretranslate" / "venv" / "bin" / "python"
PEER_PROGRAM: Final = """
from argostranslate import sbd
sbd.MiniSBDSentencizer.split_sentences = lambda self, text: [text]
from libretranslate import main
main()
"""
MODEL = Path(translator.__file__).parent / "models" / "passerelle-fr-en"
LANGUAGES: Final = {"fr": "French", "en": "English"}
OURS: Final = "Passerelle"
LIBRETRANSLATE: Final = "LibreTranslate"
PLAIN: Final = "FastAPI + transformers"
ONE_THREAD: Final = ", one thread a translation"
PATIENCE_S: Final = 120


@dataclass(frozen=True, slots=True)
class System:
    """How to start one server, and how to ask it."""

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str]
    path: str
    field: str

    def body(self, text: str) -> bytes:
        """One request."""
        peer = self.name.startswith(LIBRETRANSLATE)
        others = {"source": "fr", "target": "en", "format": "text"} if peer else {}
        return json.dumps({self.field: text} | others).encode()


@dataclass(frozen=True, slots=True)
class Running:
    """A server that answers. `ready_s` is the time from its start to its first translation."""

    system: System
    port: int
    process: psutil.Process
    ready_s: float

    @property
    def rss_mib(self) -> int:
        """Of the server and its children."""
        everyone = (self.process, *self.process.children(recursive=True))
        return int(sum(one.memory_info().rss for one in everyone)) >> 20

    @property
    def processor_s(self) -> float:
        """That the server has used so far."""
        times = self.process.cpu_times()
        return float(times.user + times.system)


def systems(folder: Path) -> Iterator[System]:
    """Ours first; `folder` holds what they need."""
    port = "{port}"
    passerelle = (sys.executable, "-c", "from service.cli import main; main()", "serve", "--port", port)
    settings = {
        "PASSERELLE_STATE_DIR": str(folder / "state"),
        "PASSERELLE_MEMORY_ENTRIES": "0",
        # For the article beside which one-line requests are timed.
        "PASSERELLE_MAX_CHARACTERS": str(10**6),
        "PASSERELLE_MAX_BODY_BYTES": str(4 * 10**6),
        "PASSERELLE_REQUEST_TIMEOUT_S": str(PATIENCE_S),
    }
    yield System(OURS, passerelle, settings, "/v1/translate", "text")
    if PEER.exists():
        environment = {
            "ARGOS_PACKAGES_DIR": str(argos_package(folder)),
            "XDG_DATA_HOME": str(folder / "data"),
            "XDG_CONFIG_HOME": str(folder / "config"),
            "XDG_CACHE_HOME": str(folder / "cache"),
        }
        command = (str(PEER), "-c", PEER_PROGRAM, "--port", port, "--disable-web-ui")
        yield System(LIBRETRANSLATE, command, environment, "/translate", "q")
        single = {"ARGOS_INTRA_THREADS": "1", "ARGOS_INTER_THREADS": "2"}
        yield System(LIBRETRANSLATE + ONE_THREAD, command, environment | single, "/translate", "q")
    plain = (sys.executable, "-m", "benchmarks.service_plain", port)
    yield System(PLAIN, plain, {}, "/translate", "q")
    yield System(PLAIN + ONE_THREAD, plain, {"OMP_NUM_THREADS": "1"}, "/translate", "q")


def argos_package(folder: Path) -> Path:
    """The shipped weights as Argos Translate keeps an installed package; gives the folder of packages.

    The other direction is there in name only: with fewer than two packages LibreTranslate looks for more to download.
    """
    packages = folder / "packages"
    first = packages / "translate-fr_en-1_0"
    (first / "model").mkdir(parents=True)
    convert(MODEL, first / "model")
    config = first / "model" / "config.json"
    # Argos leaves the end symbol to the engine.
    config.write_text(json.dumps(json.loads(config.read_text()) | {"add_source_eos": True}))
    shutil.copy(MODEL / "source.spm", first / "sentencepiece.model")
    second = packages / "translate-en_fr-1_0"
    shutil.copytree(first, second)
    for package, source, target in ((first, "fr", "en"), (second, "en", "fr")):
        metadata = {"package_version": "1.0", "argos_version": "1.9.0", "from_code": source, "to_code": target}
        names = {"from_name": LANGUAGES[source], "to_name": LANGUAGES[target]}
        (package / "metadata.json").write_text(json.dumps(metadata | names))
    return packages


@contextmanager
def started(system: System, log: Path) -> Iterator[Running]:
    """A server, ended with the block."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [part.format(port=port) if part == "{port}" else part for part in system.command]
    began = time.monotonic()
    with log.open("wb") as file:
        process = subprocess.Popen(
            command, cwd=ROOT, env=os.environ | dict(system.environment), stdout=file, stderr=subprocess.STDOUT
        )
        try:
            url = f"http://127.0.0.1:{port}{system.path}"
            headers = {"Content-Type": "application/json"}
            while True:
                if process.poll() is not None or time.monotonic() - began > PATIENCE_S:
                    raise RuntimeError(f"{system.name} does not start")
                try:
                    body = system.body("Bonjour.")
                    if httpx.post(url, content=body, headers=headers, timeout=PATIENCE_S).is_success:
                        break
                except httpx.TransportError:
                    pass
                time.sleep(0.02)
            yield Running(system, port, psutil.Process(process.pid), time.monotonic() - began)
        finally:
            process.terminate()
            process.wait(PATIENCE_S)
