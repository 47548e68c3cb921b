"""`python -m deepl`, DeepL's own command, with nothing changed but the address of the server."""

import os
import subprocess
import sys
from pathlib import Path

import deepl.__main__ as command
import pytest
from serving import Serve, Served

from translator import Translator

SENTENCE = "La mairie ferme à midi."


@pytest.fixture
def served(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> Served:
    """The command finds the server and the key in its environment."""
    running = serve(memory_entries=10)
    monkeypatch.setenv(command.env_server_url, running.url)
    monkeypatch.setenv(command.env_auth_key, running.runtime.keys.add("desk")[1])
    return running


class Shell:
    """Runs the command in this process."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys

    def __call__(self, *arguments: str) -> str:
        command.main(list(arguments))
        return self._capsys.readouterr().out

    def error(self, *arguments: str) -> str:
        with pytest.raises(SystemExit) as end:
            command.main(list(arguments))
        assert end.value.code == 1
        return self._capsys.readouterr().err


@pytest.fixture
def run(served: Served, capsys: pytest.CaptureFixture[str]) -> Shell:
    return Shell(capsys)


def test_as_a_process(served: Served, translator: Translator) -> None:
    arguments = [sys.executable, "-m", "deepl", "text", "--to", "EN-GB", "--show-detected-source", SENTENCE]
    done = subprocess.run(arguments, capture_output=True, encoding="utf-8", env=os.environ, check=True)
    assert done.stdout.splitlines() == ["Detected source language: FR", translator.translate(SENTENCE).text]


def test_text_with_every_option(run: Shell) -> None:
    plain = run("text", "--to", "EN-US", SENTENCE, SENTENCE).splitlines()
    assert len(plain) == 2
    options = (
        "--formality more --split-sentences nonewlines --preserve-formatting --show-billed-characters"
        " --show-model-type-used --context Paris --style-id 0 --custom-instructions brief --tag-handling xml"
        " --tag-handling-version v2 --outline-detection-off --non-splitting-tags a --splitting-tags b --ignore-tags c"
    )
    output = run("text", "--from", "FR", "--to", "EN-GB", *options.split(), f"<a>{SENTENCE}</a>").splitlines()
    assert output[0] == f"Billed characters: {len(SENTENCE) + len('<a></a>')}"
    assert output[1] == "Model type used: latency_optimized"
    assert output[2].startswith("<a>")


def test_account_and_languages(run: Shell) -> None:
    assert "Characters: 0 of 1000000000000" in run("usage")
    assert "FR: French" in run("languages")
    assert "EN-GB: English (British)" in run("languages")
    assert run("languages", "--glossary").splitlines()[1:] == ["fr, en"]
    assert "Passerelle" in run("translation-memory", "list")


def test_glossaries(run: Shell, tmp_path: Path) -> None:
    made = run("glossary", "create", "--name", "x", "--from", "FR", "--to", "EN", "mairie=borough hall", "chat=tabby")
    identity = made.splitlines()[2].split("\t")[0].strip()
    assert run("glossary", "list").count(identity) == 1
    assert "\tx" in run("glossary", "get", identity)
    assert run("glossary", "entries", identity).splitlines() == ["mairie\tborough hall", "chat\ttabby"]
    assert "borough hall" in run("text", "--from", "FR", "--to", "EN-GB", "--glossary-id", identity, SENTENCE)
    source = tmp_path / "note.txt"
    source.write_text(SENTENCE, encoding="utf-8")
    run("document", "--from", "FR", "--to", "EN-GB", "--glossary-id", identity, str(source), str(tmp_path / "english"))
    assert "borough hall" in (tmp_path / "english" / "note.txt").read_text(encoding="utf-8")
    assert "successfully deleted" in run("glossary", "delete", identity)
    assert "Glossary not found" in run.error("glossary", "get", identity)


def test_refusals(run: Shell) -> None:
    assert "Value for 'target_lang' not supported" in run.error("text", "--to", "DE", SENTENCE)
    assert "does not offer" in run.error("translation-memory", "export", "0", "out.tmx")
    assert "wrong or was revoked" in run.error("--auth-key", "wrong", "usage")
