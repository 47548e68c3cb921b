"""The Marian file holds the shipped model under Marian's names, and bergamot computes the same function from it."""

import json
from pathlib import Path

import numpy as np
import pytest

from benchmarks import bergamot, marian
from benchmarks.contest import Contestant, Process
from translator import models
from translator.conversion import convert, read_weights, sinusoids

LINES = [
    "Le conseil de la ville a ouvert la séance à neuf heures.",
    "Elle a parlé hier de la rivière et des trois ponts.",
    "Il faudra deux ans de travaux avant que le train ne passe.",
]


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("model.encoder.layers.0.self_attn.q_proj.weight", "encoder_l1_self_Wq"),
        ("model.encoder.layers.5.self_attn.out_proj.bias", "encoder_l6_self_bo"),
        ("model.encoder.layers.1.self_attn_layer_norm.weight", "encoder_l2_self_Wo_ln_scale"),
        ("model.decoder.layers.0.encoder_attn.k_proj.weight", "decoder_l1_context_Wk"),
        ("model.decoder.layers.1.encoder_attn_layer_norm.bias", "decoder_l2_context_Wo_ln_bias"),
        ("model.decoder.layers.1.fc1.weight", "decoder_l2_ffn_W1"),
        ("model.decoder.layers.1.fc2.bias", "decoder_l2_ffn_b2"),
        ("model.decoder.layers.1.final_layer_norm.weight", "decoder_l2_ffn_ffn_ln_scale"),
    ],
)
def test_parameters_get_the_names_of_marian(ours: str, theirs: str) -> None:
    assert marian.marian_name(ours) == theirs


def test_file_holds_every_weight_and_no_padding(tmp_path: Path) -> None:
    marian.export(models.SHIPPED_DIRECTORY, tmp_path, {"encoder_l1_ffn_W1": 12.5})
    found, state = np.load(tmp_path / marian.MODEL), read_weights(models.SHIPPED_DIRECTORY)
    settings = json.loads(found["special:model.yml"].tobytes().removesuffix(b"\0"))
    assert np.array_equal(found["encoder_l3_ffn_W1"], state["model.encoder.layers.2.fc1.weight"].T)
    assert found["Wemb"].shape == (settings["dim-vocabs"][0], settings["dim-emb"])
    assert found["encoder_l1_ffn_W1_QuantMultA"] == np.float32(12.5)
    assert len(found.files) == len(state) + 2, "the settings and one multiplier more than the weights"


def test_only_positions_change(tmp_path: Path) -> None:
    for name in ("ours", "theirs"):
        (tmp_path / name).mkdir()
    convert(models.SHIPPED_DIRECTORY, tmp_path / "ours", quantization="float32")
    marian.with_marian_positions(models.SHIPPED_DIRECTORY, tmp_path / "theirs", "float32")
    first, second = (np.fromfile(tmp_path / name / "model.bin", dtype=np.uint8) for name in ("ours", "theirs"))
    width = 256
    changed = np.flatnonzero(first != second)
    tables = 2
    assert 0 < changed.size <= tables * sinusoids(2048, width).nbytes
    assert np.allclose(marian.marian_sinusoids(3, width)[:, 0], sinusoids(3, width)[:, 0])
    assert not np.allclose(marian.marian_sinusoids(60, width), sinusoids(60, width), atol=0.1)


def test_without_an_interpreter_the_reason_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bergamot, "ENVIRONMENT", tmp_path / "none")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path))
    with pytest.raises(bergamot.MissingPeerError, match=r"CPython 3\.10"):
        bergamot.interpreter()


@pytest.mark.skipif(not (bergamot.ENVIRONMENT / "bin/python").is_file(), reason="no environment of bergamot here")
def test_bergamot_computes_the_same_function(tmp_path: Path) -> None:
    (tmp_path / "exact").mkdir()
    marian.export(models.SHIPPED_DIRECTORY, tmp_path, {})
    marian.with_marian_positions(models.SHIPPED_DIRECTORY, tmp_path / "exact", "float32")
    settings = bergamot.configuration(tmp_path, bergamot.EXACT, 1, 1)
    script = Path(bergamot.__file__).with_name("bergamot_run.py")
    with Process([str(bergamot.interpreter()), str(script), str(settings), "1"]) as process:
        answer = Contestant("bergamot", (process,)).ask(LINES)
    assert answer.texts == bergamot.reference(tmp_path / "exact", LINES, 1)
