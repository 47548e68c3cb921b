"""Servers for the tests of the service."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import deepl
import pytest
from serving import Serve, Served, served

from service.settings import Settings
from translator import Translator


@pytest.fixture
def serve(translator: Translator, tmp_path: Path) -> Iterator[Serve]:
    with ExitStack() as stack:

        def start(**settings: Any) -> Served:
            chosen = Settings(**{"state_dir": tmp_path / "state", "memory_entries": 0} | settings)
            return stack.enter_context(served(translator, chosen))

        yield start


@pytest.fixture(scope="module")
def shared_server(translator: Translator, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One server at its defaults for all tests of a module that change nothing in it."""
    with served(translator, Settings(state_dir=tmp_path_factory.mktemp("shared") / "state")) as running:
        yield running


@pytest.fixture
def no_retries(monkeypatch: pytest.MonkeyPatch) -> None:
    """DeepL's client gives up at the first refusal."""
    monkeypatch.setattr(deepl.http_client, "max_network_retries", 0)
