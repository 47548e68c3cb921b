"""A tiny world: invented sentences of a bakery, a recipe that learns them in seconds, a work folder."""

import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from training.config import Augmentation, Corpus, Recipe, Shape, Training, Vocabulary
from training.workplace import Workplace

_SUBJECTS = (
    ("le boulanger", "the baker"),
    ("ma voisine", "my neighbour"),
    ("Paul Martin", "Paul Martin"),
    ("Lucie", "Lucie"),
)
_VERBS = (("vend", "sells"), ("achète", "buys"), ("prépare", "prepares"), ("compte", "counts"), ("porte", "carries"))
_NUMBERS = ("2", "3", "12", "40", "1500")
_THINGS = (("pains", "loaves"), ("gâteaux", "cakes"), ("tartes", "pies"), ("brioches", "buns"))
_PLACES = (
    ("à Lyon", "in Lyon"),
    ("au marché", "at the market"),
    ("ce matin", "this morning"),
    ("chez Dupont", "at Dupont's"),
)

TINY = Recipe(
    name="tiny-fr-en",
    version="1",
    license="CC-BY-SA-4.0",
    source_language="fr",
    target_language="en",
    normalizer="passerelle-1",
    seed=3,
    development="dev",
    trained_source_tokens=90,
    shape=Shape(d_model=32, heads=2, ffn=64, encoder_layers=2, decoder_layers=1),
    corpora=(Corpus("bakery", "CC0-1.0", "written for this test", copies=2),),
    augmentation=Augmentation(joined_share=0.1),
    vocabulary=Vocabulary(size=400),
    training=Training(batch_tokens=600, learning_rate=4e-3, warm_steps=5, max_tokens=100),
)


def sentences() -> list[tuple[str, str]]:
    pairs = []
    for subject in _SUBJECTS:
        for verb in _VERBS:
            for number in _NUMBERS:
                for thing in _THINGS:
                    for place in _PLACES:
                        words = [subject, verb, (number, number), thing, place]
                        french, english = (" ".join(word[side] for word in words) for side in (0, 1))
                        pairs.append((french[0].upper() + french[1:] + ".", english[0].upper() + english[1:] + "."))
    random.Random(5).shuffle(pairs)
    return pairs


def write_corpora(folder: Path) -> tuple[Path, Path]:
    """A folder of training text and one of test sets; the test sentences stand in the training text too."""
    pairs = sentences()
    corpora, tests = folder / "corpora", folder / "tests"
    for part in (corpora, tests):
        part.mkdir(parents=True)
    (corpora / "bakery.tsv").write_text("".join(f"{f}\t{e}\n" for f, e in pairs), encoding="utf-8")
    for name, rows in (("dev", pairs[:40]), ("test", pairs[40:80])):
        for side, ending in enumerate(("fr", "en")):
            text = "".join(row[side] + "\n" for row in rows)
            (tests / f"{name}.{ending}").write_text(text, encoding="utf-8")
    return corpora, tests


@pytest.fixture(scope="session", autouse=True)
def one_thread() -> Iterator[None]:
    """Two threads that wait for each other are slower than one as soon as other tests run."""
    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture
def recipe() -> Recipe:
    return replace(TINY)


@pytest.fixture(scope="session")
def bakery(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Folders of the training text and of the test sets."""
    return write_corpora(tmp_path_factory.mktemp("bakery"))


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory, bakery: tuple[Path, Path]) -> Workplace:
    """A work folder, ready to train in; do not train in it, copy it."""
    from training.prepare import prepare
    from training.vocabulary import make_vocabulary

    work = Workplace.create(tmp_path_factory.mktemp("work"))
    prepare(TINY, bakery[:1], bakery[1], work)
    make_vocabulary(TINY, work)
    return work


@pytest.fixture
def work(tmp_path: Path, prepared: Workplace) -> Workplace:
    """A work folder of one's own on the same prepared text."""
    own = Workplace(tmp_path / "work")
    own.folder.mkdir()
    own.prepared.symlink_to(prepared.prepared)
    return own
