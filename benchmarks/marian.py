"""A model directory as the file that Marian itself reads, for engines that grew out of Marian.

Same weights under Marian's names, matrices turned. One thing differs and cannot be told to Marian: the frequencies of
its sinusoids are 10000^(-i/(d/2 - 1)), those of transformers and of our models 10000^(-i/(d/2)). What
`with_marian_positions` writes is CTranslate2's with Marian's, so that outputs can be compared, function for function.
"""

import json
import math
import shutil
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import fmean, pstdev
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from translator.conversion import MIN_POSITIONS, convert, read_json, read_weights, sinusoids
from translator.tokenization import END_PIECE, Tokenizer

Array = npt.NDArray[np.float32]
MODEL: Final = "model.npz"
VOCABULARY: Final = "vocab.spm"
EMBEDDING: Final = "Wemb"
"""Of source and target, and the output's matrix too."""
_INT8_TOP: Final = 127
_SPREAD: Final = 1.1
"""Deviations above the mean largest activation that still have a number; more saturates (Firefox's own recipe)."""


def export(directory: Path, folder: Path, multipliers: Mapping[str, float]) -> None:
    """Write `MODEL` and `VOCABULARY` into `folder`; `multipliers` by Marian's name of the matrix they go before."""
    config, state = read_json(directory / "config.json"), read_weights(directory)
    pieces = int(config["pad_token_id"])
    arrays: dict[str, npt.NDArray[Any]] = {
        EMBEDDING: state["model.shared.weight"][:pieces],
        "decoder_ff_logit_out_b": state["final_logits_bias"].reshape(1, -1)[:, :pieces],
    }
    for name, array in state.items():
        if ".layers." in name:
            arrays[marian_name(name)] = array.T if array.ndim == 2 else array.reshape(1, -1)
    arrays |= {f"{name}_QuantMultA": np.array([[value]], dtype=np.float32) for name, value in multipliers.items()}
    # Marian reads this as a C string in an array of bytes; JSON is YAML.
    settings = json.dumps(_settings(config, pieces)).encode() + b"\0"
    arrays["special:model.yml"] = np.frombuffer(settings, dtype=np.int8)
    np.savez(folder / MODEL, allow_pickle=False, **{key: np.ascontiguousarray(one) for key, one in arrays.items()})
    shutil.copyfile(directory / "source.spm", folder / VOCABULARY)


def marian_name(name: str) -> str:
    """Marian's name of a parameter of a layer: ``model.encoder.layers.0.self_attn.q_proj.weight`` is
    ``encoder_l1_self_Wq``."""
    _, side, _, number, *rest, kind = name.split(".")
    part = {"self_attn": "self", "encoder_attn": "context"}
    scale = "scale" if kind == "weight" else "bias"
    if rest[0] == "final_layer_norm":
        tail = f"ffn_ffn_ln_{scale}"
    elif rest[0].endswith("_layer_norm"):
        tail = f"{part[rest[0].removesuffix('_layer_norm')]}_Wo_ln_{scale}"
    else:
        letter = "W" if kind == "weight" else "b"
        last = rest[-1].removeprefix("fc") if len(rest) == 1 else rest[-1][0]
        tail = f"{'ffn' if len(rest) == 1 else part[rest[0]]}_{letter}{last}"
    return f"{side}_l{int(number) + 1}_{tail}"


def activation_multipliers(directory: Path, sources: Sequence[str], targets: Sequence[str]) -> dict[str, float]:
    """What to multiply activations by before they become int8, by the matrix that comes next, from a float32 run of
    transformers over pairs of sentences. Firefox's models carry such numbers, so that no run has to look for maxima."""
    import torch
    import transformers

    loader: Any = transformers.MarianMTModel
    model = loader.from_pretrained(directory, dtype=torch.float32, local_files_only=True).eval()
    ids = read_json(directory / "vocab.json")
    tokenizer, end, start = Tokenizer(directory), ids[END_PIECE], model.config.decoder_start_token_id
    maxima: dict[str, list[float]] = defaultdict(list)

    def watch(name: str, module: Any) -> None:
        module.register_forward_hook(lambda _, inputs, __: maxima[name].append(float(inputs[0].abs().max())))

    for name, module in model.named_modules():
        if isinstance(module, torch.nn.Linear):
            watch(marian_name(f"{name}.weight") if ".layers." in name else EMBEDDING, module)
    with torch.inference_mode():
        for source, target in zip(tokenizer.encode(sources), tokenizer.encode_target(targets), strict=True):
            rows = [[*(ids[piece] for piece in source), end], [start, *(ids[piece] for piece in target)]]
            model(input_ids=torch.tensor(rows[:1]), decoder_input_ids=torch.tensor(rows[1:]))
    return {name: _INT8_TOP / (fmean(values) + _SPREAD * pstdev(values)) for name, values in maxima.items()}


def marian_sinusoids(length: int, width: int) -> Array:
    """Marian's position encodings [length, width], as its source computes them: sines, then cosines."""
    half = width // 2
    angles = np.arange(length)[:, None] * np.exp(-np.arange(half) * (math.log(10000) / (half - 1)))[None, :]
    return np.concatenate([np.sin(angles), np.cos(angles)], axis=1).astype(np.float32)


def with_marian_positions(directory: Path, folder: Path, quantization: str) -> None:
    """Convert for CTranslate2 into the empty `folder`, with Marian's positions in the place of ours.

    Raises:
        ValueError: the converted file does not hold our positions as they are.
    """
    convert(directory, folder, quantization=quantization)
    width, path = int(read_json(directory / "config.json")["d_model"]), folder / "model.bin"
    before, after = (table(MIN_POSITIONS, width).tobytes() for table in (sinusoids, marian_sinusoids))
    data = path.read_bytes()
    if before not in data:
        raise ValueError(f"{path.name} holds no table of {MIN_POSITIONS} positions")
    path.write_bytes(data.replace(before, after))


def _settings(config: Mapping[str, Any], pieces: int) -> dict[str, Any]:
    """What Marian wants to know of a post-norm transformer with one embedding for all; it has no defaults for these."""
    return {
        "type": "transformer",
        "version": "v1.9.0",
        "dim-vocabs": [pieces, pieces],
        "dim-emb": config["d_model"],
        "dim-rnn": config["d_model"],
        "enc-type": "bidirectional",
        "enc-cell": "gru",
        "enc-cell-depth": 1,
        "enc-depth": config["encoder_layers"],
        "dec-cell": "gru",
        "dec-cell-base-depth": 2,
        "dec-cell-high-depth": 1,
        "dec-depth": config["decoder_layers"],
        "skip": False,
        "layer-normalization": False,
        "right-left": False,
        "input-types": [],
        "special-vocab": [],
        "tied-embeddings": False,
        "tied-embeddings-src": False,
        "tied-embeddings-all": True,
        "ulr": False,
        "ulr-dim-emb": 0,
        "ulr-trainable-transformation": False,
        "lemma-dim-emb": 0,
        "transformer-heads": config["encoder_attention_heads"],
        "transformer-no-projection": False,
        "transformer-pool": False,
        "transformer-dim-ffn": config["encoder_ffn_dim"],
        "transformer-ffn-depth": 2,
        "transformer-ffn-activation": config["activation_function"],
        "transformer-dim-aan": config["encoder_ffn_dim"],
        "transformer-aan-depth": 2,
        "transformer-aan-activation": "swish",
        "transformer-aan-nogate": False,
        "transformer-decoder-autoreg": "self-attention",
        "transformer-tied-layers": [],
        "transformer-guided-alignment-layer": "last",
        "transformer-preprocess": "",
        "transformer-postprocess": "dan",
        "transformer-postprocess-emb": "d",
        "transformer-postprocess-top": "",
        "transformer-train-position-embeddings": False,
    }
