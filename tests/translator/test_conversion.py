from pathlib import Path

import pytest
from marian import make_marian

from translator.conversion import convert, sinusoids
from translator.document import AlignmentHeads
from translator.engines import Decoding
from translator.engines.ctranslate2 import CTranslate2Engine
from translator.errors import ModelError
from translator.models import SHIPPED_DIRECTORY
from translator.tokenization import Tokenizer


def test_position_encodings_are_those_of_transformers() -> None:
    marian = pytest.importorskip("transformers.models.marian.modeling_marian")
    theirs = marian.MarianSinusoidalPositionalEmbedding(40, 16)
    weight = theirs.create_weight() if hasattr(theirs, "create_weight") else theirs.weight

    assert abs(sinusoids(40, 16) - weight.detach().numpy()).max() < 1e-6


@pytest.mark.filterwarnings("ignore:Recommended. pip install sacremoses")
def test_converts_as_ctranslate2s_own_converter_does(tmp_path: Path) -> None:
    """Theirs needs torch and transformers; both give the same logits."""
    converters = pytest.importorskip("ctranslate2.converters")
    source = make_marian(tmp_path / "marian", width=64, layers=2)
    (tmp_path / "ours").mkdir()
    convert(source, tmp_path / "ours", quantization="float32")
    converters.TransformersConverter(str(source)).convert(str(tmp_path / "theirs"), quantization="float32")
    pieces = Tokenizer(source).encode(["Le port a fermé hier soir.", "Oui."])
    ours, theirs = (CTranslate2Engine(tmp_path / name, compute_type="float32") for name in ("ours", "theirs"))

    assert ours.submit(pieces, Decoding()).result() == theirs.submit(pieces, Decoding()).result()


def test_aligning_heads_change_nothing_but_the_attention(tmp_path: Path) -> None:
    pieces = Tokenizer(SHIPPED_DIRECTORY).encode(["Le port a fermé hier soir, et personne ne sait pourquoi."])
    found = []
    for number, heads in enumerate((None, AlignmentHeads(0, (3,)))):
        (tmp_path / str(number)).mkdir()
        convert(SHIPPED_DIRECTORY, tmp_path / str(number), alignment=heads)
        engine = CTranslate2Engine(tmp_path / str(number))
        found.append(engine.submit(pieces, Decoding(attention=True)).result()[0][0])

    assert found[0].pieces == found[1].pieces
    assert found[0].score == pytest.approx(found[1].score, abs=1e-4)
    assert found[0].attention != found[1].attention


@pytest.mark.parametrize("heads", [AlignmentHeads(7, (0,)), AlignmentHeads(0, (9,)), AlignmentHeads(0, ())])
def test_heads_that_the_model_lacks_are_refused(heads: AlignmentHeads, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"are not in a model of 2 decoder layers with 4 heads.*alignment_heads"):
        convert(SHIPPED_DIRECTORY, tmp_path, alignment=heads)


@pytest.mark.parametrize("quantization", ["int8", "float16", "float32"])
def test_every_quantization_loads(quantization: str, tmp_path: Path) -> None:
    convert(SHIPPED_DIRECTORY, tmp_path, quantization=quantization)
    engine = CTranslate2Engine(tmp_path, compute_type="float32")

    assert engine.submit(Tokenizer(SHIPPED_DIRECTORY).encode(["Bonjour."]), Decoding()).result()[0][0].pieces


def test_a_model_of_another_kind_is_refused(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text('{"model_type": "t5"}')
    with pytest.raises(ModelError, match=r"config\.json says model_type 't5'; only 'marian'"):
        convert(tmp_path, tmp_path)


def test_weights_that_config_promises_but_are_missing_are_named(tmp_path: Path) -> None:
    source = make_marian(tmp_path / "marian", width=64, layers=1)
    config = (source / "config.json").read_text()
    (source / "config.json").write_text(config.replace('"encoder_layers": 1', '"encoder_layers": 2'))
    (tmp_path / "out").mkdir()
    with pytest.raises(ModelError, match=r"lack 'model\.encoder\.layers\.1"):
        convert(source, tmp_path / "out")
