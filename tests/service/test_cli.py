"""`passerelle serve` and `passerelle keys`: what they say, and what does not start."""

import signal
import socket
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import pytest
from processes import Process

from service.cli import _listen, main


@dataclass(frozen=True)
class Ended:
    status: int
    stdout: str
    stderr: str


def refused(ended: Ended, complaint: str) -> None:
    """One line says why, and the status that it is the caller's to mend."""
    assert ended.status == 2
    assert complaint in ended.stderr
    assert "Traceback" not in ended.stderr


class Run(Protocol):
    """Runs the command in this process."""

    def __call__(self, *arguments: str, **environment: str) -> Ended: ...


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    def command(*arguments: str, **environment: str) -> Ended:
        for name, value in ({"PASSERELLE_STATE_DIR": str(tmp_path)} | environment).items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(sys, "argv", ["passerelle", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        # As Python sets it: the command's own choice would end the tests with the first client that leaves a server.
        signal.signal(signal.SIGPIPE, signal.SIG_IGN)
        assert isinstance(ended.value.code, int)
        return Ended(ended.value.code, *capsys.readouterr())

    return command


def test_keys_are_made_listed_and_revoked(run: Run) -> None:
    made = run("keys", "add", "desk", "--rate-limit", "5/second", "--quota", "1000")
    token = made.stdout.strip()
    assert (made.status, token.startswith("psk_")) == (0, True)
    assert "only now" in made.stderr
    assert run("keys", "revoke", "desk").status == 0
    listed = run("keys", "list").stdout
    assert listed.rstrip("\n").split("\t")[2:] == ["5/second", "1000", "revoked"]
    assert token.rpartition("_")[2] not in listed


def test_the_command_is_the_librarys_and_the_services_in_one(run: Run) -> None:
    shown = run("--help").stdout
    for name in ("translate", "model", "serve", "keys"):
        assert name in shown
    assert "import" in run("model", "--help").stdout


@pytest.mark.parametrize(
    ("arguments", "environment", "complaint"),
    [
        (["keys", "revoke", "nobody"], {}, "no key in use"),
        (["keys", "add", "desk", "--rate-limit", "fast"], {}, "600/minute"),
        (["serve", "--host", "0.0.0.0"], {}, "PASSERELLE_OPEN=true"),
        (["serve"], {"PASSERELLE_MAX_TEXTS": "many"}, "PASSERELLE_MAX_TEXTS='many'"),
        (["serve", "--host", "192.0.2.1"], {"PASSERELLE_OPEN": "true"}, "cannot listen on 192.0.2.1"),
        (["serve", "--port", "70000"], {}, "--port"),
    ],
)
def test_what_cannot_start_says_why_in_one_line(
    run: Run, arguments: list[str], environment: dict[str, str], complaint: str
) -> None:
    refused(run(*arguments, **environment), complaint)


def test_a_port_in_use_is_named(run: Run) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        refused(run("serve", "--port", str(port)), f"port {port}: Address already in use; choose another --port")


@pytest.mark.parametrize(
    ("setting", "complaint"),
    [("STATE_DIR", "name a folder of a local disk"), ("MEMORY_PATH", "name another file")],
)
def test_a_place_that_cannot_be_written_is_named(run: Run, tmp_path: Path, setting: str, complaint: str) -> None:
    (tmp_path / "file").write_text("")
    place = tmp_path / "file" / "kept"
    ended = run("serve", "--port", "0", **{f"PASSERELLE_{setting}": str(place)})
    refused(ended, complaint)
    assert str(place) in ended.stderr


def of_an_older_layout(folder: Path) -> None:
    folder.mkdir()
    (folder / "manifest.json").write_text('{"format": 0, "name": "old"}')


@pytest.mark.parametrize(
    ("make", "complaint"),
    [
        (lambda _: None, "no model "),
        (Path.mkdir, "holds no model"),
        (of_an_older_layout, "has format 0, this version reads 1; import the model again"),
    ],
    ids=["missing", "empty", "of an older layout"],
)
def test_a_model_that_cannot_be_loaded_ends_the_service(
    tmp_path: Path, make: Callable[[Path], None], complaint: str
) -> None:
    model = tmp_path / "model"
    make(model)
    served = Process(tmp_path, PASSERELLE_MODEL=str(model))
    assert served.wait() == 2
    critical = [line for line in served.log if line["level"] == "critical"]
    assert complaint in critical[0]["reason"]
    [told] = served.foreign
    assert told.startswith(f"passerelle: PASSERELLE_MODEL={model}: ")
    assert complaint in told


def test_an_answer_is_sent_at_once() -> None:
    with _listen("127.0.0.1", 0) as listener, socket.create_connection(listener.getsockname()):
        accepted, _ = listener.accept()
        with accepted:
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
