"""The whole chain on a tiny model: trained weights become a directory that transformers, CTranslate2 and we read."""

import json
from pathlib import Path

import ctranslate2
import pytest
import torch
from safetensors.numpy import load_file

from training import checkpoint
from training.config import Recipe
from training.evaluate import Decoder, evaluate, table
from training.export import export, import_weights
from training.session import Run
from training.train import train
from training.workplace import Workplace
from translator.conversion import convert
from translator.errors import InputError, ModelError
from translator.models import Manifest
from translator.tokenization import END_PIECE, Tokenizer


@pytest.fixture
def trained(recipe: Recipe, work: Workplace) -> Workplace:
    run = Run(
        arrays=work.arrays,
        development=None,
        links=None,
        checkpoint=work.checkpoint,
        log=work.log,
        vocabulary=recipe.vocabulary.size,
        steps=20,
    )
    train(recipe, run)
    return work


def test_the_directory_is_read_alike_by_all(
    recipe: Recipe, trained: Workplace, tmp_path: Path, bakery: tuple[Path, Path]
) -> None:
    from transformers import MarianMTModel

    model = tmp_path / "model"
    export(recipe, trained, model)
    manifest = Manifest.read(model)
    manifest.verify(model)
    assert (manifest.name, manifest.normalizer, manifest.trained_source_tokens) == ("tiny-fr-en", "passerelle-1", 90)
    assert manifest.placeholders == tuple(f"⟦{i}⟧" for i in range(1, 9))
    assert manifest.details["vocabulary"] == 401
    assert manifest.details["data"][0]["license"] == "CC0-1.0"
    assert manifest.details["target_tokens_seen"] == checkpoint.load(trained.checkpoint)["toks"]

    network, report = MarianMTModel.from_pretrained(model, dtype=torch.float32, output_loading_info=True)
    assert not report["missing_keys"]
    assert not report["unexpected_keys"]
    tokenizer = Tokenizer(model)
    source = tokenizer.encode(["Le boulanger vend 12 pains à Lyon."])[0]
    vocabulary = json.loads((model / "vocab.json").read_text(encoding="utf-8"))
    ids = torch.tensor([[vocabulary[piece] for piece in (*source, END_PIECE)]])
    reference = network.eval().generate(ids, num_beams=1, max_new_tokens=8, do_sample=False)[0].tolist()

    converted = tmp_path / "converted"
    converted.mkdir()
    convert(model, converted, quantization="float32")
    translator = ctranslate2.Translator(str(converted))
    greedy = translator.translate_batch([[*source, END_PIECE]], beam_size=1, max_decoding_length=8)[0].hypotheses[0]
    pieces = {index: piece for piece, index in vocabulary.items()}
    expected = [pieces[i] for i in reference if i not in (0, 400)]
    assert greedy[: len(expected) - 1] == expected[: len(greedy)][: len(expected) - 1]

    figures = evaluate(model, bakery[1], sets=["test"], lines=20, lengths="dev", placeholders="dev")
    scores = figures["sets"]["test"]
    assert scores["lines"] == 20
    assert "version:" in scores["BLEU signature"]
    assert 0 <= scores["chrF2"] <= 100
    assert sum(part["sentences"] for part in figures["placeholders"]["kept"].values()) > 0
    assert table(figures).startswith("| set | lines | BLEU | chrF |")


def test_weights_are_stored_once_in_half_precision(recipe: Recipe, trained: Workplace, tmp_path: Path) -> None:
    export(recipe, trained, tmp_path / "model")
    weights = load_file(tmp_path / "model" / "model.safetensors")
    assert {str(array.dtype) for array in weights.values()} == {"float16"}
    assert sum("shared" in name or "embed" in name for name in weights) == 1
    assert not any("lm_head" in name for name in weights)


def test_a_directory_becomes_a_checkpoint_again(recipe: Recipe, trained: Workplace, tmp_path: Path) -> None:
    export(recipe, trained, tmp_path / "model")
    again = Workplace.create(tmp_path / "again")
    import_weights(recipe, tmp_path / "model", again)
    one, other = checkpoint.load(trained.checkpoint), checkpoint.load(again.checkpoint)
    assert all(torch.equal(one["model"][name].half().float(), other["model"][name]) for name in one["model"])
    assert other["toks"] == one["toks"]


def test_what_cannot_be_exported_or_imported_is_named(recipe: Recipe, trained: Workplace, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no averaged weights"):
        export(recipe, trained, tmp_path / "model", averaged=True)
    with pytest.raises(InputError, match="train first"):
        export(recipe, Workplace(tmp_path / "nowhere"), tmp_path / "model")
    export(recipe, trained, tmp_path / "model")
    (tmp_path / "model" / "vocab.json").write_text("{}", encoding="utf-8")
    with pytest.raises(ModelError, match="was altered"):
        Decoder(tmp_path / "model")
