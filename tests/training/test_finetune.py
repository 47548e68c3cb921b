"""Fine-tuning the shipped model on a small domain set helps on sentences of that domain that it never saw."""

from pathlib import Path

import pytest
import sacrebleu
from marian import make_marian

from training.evaluate import Decoder
from training.finetune import finetune
from translator import Translator
from translator.errors import InputError
from translator.models import SHIPPED_DIRECTORY, Manifest

# The words of knitters: « rang » is a row, « maille » a stitch. A general model does not know.
_STARTS = (("Au rang {n}", "In row {n}"), ("Sur l'endroit", "On the right side"), ("Sur l'envers", "On the wrong side"))
_ACTS = (
    ("tricotez {n} mailles à l'endroit", "knit {n} stitches"),
    ("tricotez {n} mailles à l'envers", "purl {n} stitches"),
    ("rabattez {n} mailles", "bind off {n} stitches"),
    ("montez {n} mailles", "cast on {n} stitches"),
    ("faites {n} augmentations", "work {n} increases"),
    ("glissez {n} mailles", "slip {n} stitches"),
)
_ENDS = (("puis tournez", "then turn"), ("et placez un anneau marqueur", "and place a marker"))


def _pairs() -> list[tuple[str, str]]:
    numbers = iter(range(3, 200))
    pairs = []
    for start in _STARTS:
        for act in _ACTS:
            for end in _ENDS:
                first, second = next(numbers), next(numbers)
                french = f"{start[0].format(n=first)}, {act[0].format(n=second)} {end[0]}."
                english = f"{start[1].format(n=first)}, {act[1].format(n=second)} {end[1]}."
                pairs.append((french, english))
    return pairs


def test_a_small_domain_set_helps_in_its_domain(tmp_path: Path) -> None:
    pairs = _pairs()
    seen, unseen = [p for i, p in enumerate(pairs) if i % 4], pairs[::4]
    corpora = tmp_path / "corpora"
    corpora.mkdir()
    for side, ending in enumerate(("fr", "en")):
        (corpora / f"knitting.{ending}").write_text("".join(p[side] + "\n" for p in seen), encoding="utf-8")
    tuned = tmp_path / "tuned"
    first, last = finetune(SHIPPED_DIRECTORY, corpora, tuned, steps=8, learning_rate=4e-4)
    assert last < first
    sources, references = [f for f, _ in unseen], [[e for _, e in unseen]]
    before, after = (
        sacrebleu.corpus_bleu(Decoder(model).translate(sources), references).score
        for model in (SHIPPED_DIRECTORY, tuned)
    )
    assert after > before + 10
    manifest = Manifest.read(tuned)
    manifest.verify(tuned)
    assert manifest.details["data"][-1]["pairs"] == len(seen)
    assert manifest.normalizer == Manifest.read(SHIPPED_DIRECTORY).normalizer


def test_a_model_of_the_opus_architecture_is_tuned_and_then_translates(tmp_path: Path) -> None:
    model = make_marian(tmp_path / "opus", width=64, layers=2)
    corpora = tmp_path / "corpora"
    corpora.mkdir()
    (corpora / "knitting.tsv").write_text("".join(f"{f}\t{e}\n" for f, e in _pairs()), encoding="utf-8")
    first, last = finetune(model, corpora, tmp_path / "tuned", steps=40, learning_rate=2e-3)
    assert last < 0.7 * first
    manifest = Manifest.read(tmp_path / "tuned")
    assert manifest.trained_source_tokens == Manifest.read(model).trained_source_tokens
    translator = Translator.load(str(tmp_path / "tuned"))
    try:
        assert translator.translate("Sur l'endroit, glissez 12 mailles puis tournez.").segments
    finally:
        translator.close()


def test_nothing_to_learn_from_and_a_taken_folder_are_refused(tmp_path: Path) -> None:
    (tmp_path / "empty.tsv").write_text("seul\n", encoding="utf-8")
    with pytest.raises(InputError, match="none of 1 rows is a usable pair"):
        finetune(SHIPPED_DIRECTORY, tmp_path, tmp_path / "out", steps=1)
    (tmp_path / "out").mkdir()
    with pytest.raises(InputError, match="exists; name a new folder"):
        finetune(SHIPPED_DIRECTORY, tmp_path, tmp_path / "out", steps=1)
