"""What tests share: the shipped model, and where the public test sets lie if they are there."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from translator import Translator

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared"


@pytest.fixture(scope="session")
def translator() -> Iterator[Translator]:
    """The shipped model with everything at its default."""
    loaded = Translator.load()
    yield loaded
    loaded.close()


@pytest.fixture(scope="session")
def article() -> str:
    """The demo article."""
    return (ROOT / "docs" / "example" / "article.fr.txt").read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of test sets and corpora beside the checkout; users do not have it."""
    if not SHARED.is_dir():
        pytest.skip("../shared is not there")
    return SHARED
