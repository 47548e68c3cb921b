"""Checkpoint to a Marian model directory with its manifest, as ``transformers`` and the translator read it, and back.

The files hold each weight once, in fp16; the network's missing biases are zeros there.
"""

import json
import shutil
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import sentencepiece
import torch
from safetensors.torch import save_file
from torch import Tensor

from training import checkpoint
from training.config import Recipe, Shape
from training.model import MAX_POSITIONS
from training.placeholders import PLACEHOLDERS
from training.vocabulary import END_ID
from training.workplace import Workplace
from translator.conversion import read_json, read_weights
from translator.errors import InputError
from translator.models import MANIFEST, MANIFEST_FORMAT, Manifest, sha256

MODEL_FILES = (
    "config.json",
    "generation_config.json",
    "tokenizer_config.json",
    "vocab.json",
    "source.spm",
    "target.spm",
)
WEIGHTS = "model.safetensors"

_PROJECTIONS = ("q_proj", "k_proj", "v_proj", "out_proj")
_NORMS = ("self_attn_layer_norm", "encoder_attn_layer_norm", "final_layer_norm")


def places(shape: Shape) -> Iterator[tuple[str, int, str]]:
    """Stack, index in it, and the module of Marian's that it is."""
    block = norm = 0
    layers = [("encoder", i) for i in range(shape.encoder_layers)] + [
        ("decoder", i) for i in range(shape.decoder_layers)
    ]
    for number, (side, i) in enumerate(layers):
        prefix = f"model.{side}.layers.{i}."
        for attention in ("self_attn", "encoder_attn")[: 1 + (side == "decoder")]:
            for projection in _PROJECTIONS:
                yield "W", block, f"{prefix}{attention}.{projection}"
                block += 1
        yield "A", number, prefix + "fc1"
        yield "B", number, prefix + "fc2"
        for name in _NORMS:
            if side == "decoder" or name != "encoder_attn_layer_norm":
                yield "norm", norm, prefix + name
                norm += 1


def export(
    recipe: Recipe,
    work: Workplace,
    output: Path,
    *,
    source: Path | None = None,
    averaged: bool = False,
    figures: dict[str, Any] | None = None,
) -> None:
    """Write the model directory `output` from the checkpoint `source` (the work folder's by default).

    Args:
        averaged: take the averaged weights.
        figures: what `evaluate` measured, for the manifest.

    Raises:
        InputError: no checkpoint or vocabulary, or no averaged weights in it.
    """
    saved = checkpoint.load(source or work.checkpoint)
    if averaged and "ema" not in saved:
        raise InputError("the checkpoint holds no averaged weights; train with [training] ema above 0")
    stacks = saved["ema" if averaged else "model"]
    output.mkdir(parents=True, exist_ok=True)
    pieces = sentencepiece.SentencePieceProcessor(model_file=str(work.sentencepiece))
    size = int(pieces.get_piece_size())
    state: dict[str, Tensor] = {"model.shared.weight": stacks["emb"], "final_logits_bias": torch.zeros(1, size + 1)}
    for stack, index, module in places(recipe.shape):
        weight = stacks[stack][index]
        state[f"{module}.weight"], state[f"{module}.bias"] = (
            weight if stack == "norm" else (weight, torch.zeros(len(weight)))
        )
    save_file({name: w.half().contiguous() for name, w in state.items()}, output / WEIGHTS, metadata={"format": "pt"})
    for name in ("source.spm", "target.spm"):
        shutil.copyfile(work.sentencepiece, output / name)
    vocabulary = {pieces.id_to_piece(index): index for index in range(size)} | {"<pad>": size}
    _write_json(output / "vocab.json", vocabulary, indent=None)
    _write_json(output / "config.json", _config(recipe, size, int(saved["toks"])))
    generation = {"num_beams": 4, "max_length": MAX_POSITIONS, "bad_words_ids": [[size]], **_special(size)}
    _write_json(output / "generation_config.json", generation)
    tokenizer = {"tokenizer_class": "MarianTokenizer", "source_lang": recipe.source_language}
    tokenizer |= {
        "target_lang": recipe.target_language,
        "eos_token": "</s>",
        "unk_token": "<unk>",
        "pad_token": "<pad>",
    }
    numbers = {"model_max_length": MAX_POSITIONS, "separate_vocabs": False, "sp_model_kwargs": {}}
    _write_json(output / "tokenizer_config.json", {**tokenizer, **numbers})
    report = read_json(work.report) if work.report.is_file() else {}
    write_manifest(
        output,
        {
            "name": recipe.name,
            "version": recipe.version,
            "source_language": recipe.source_language,
            "target_language": recipe.target_language,
            "vocabulary": size + 1,
            "normalizer": recipe.normalizer,
            "trained_source_tokens": recipe.trained_source_tokens,
            "placeholders": list(PLACEHOLDERS),
            "hidden_labels": list(recipe.hidden_labels),
            "alignment_heads": _alignment_heads(recipe),
            "license": recipe.license,
            "data": report.get("data", []),
            "figures": figures or {},
            "target_tokens_seen": int(saved["toks"]),
        },
    )


def write_manifest(directory: Path, values: dict[str, Any]) -> None:
    """``manifest.json`` with the checksums of the directory's model files, whatever `values` says of them."""
    files = {name: sha256(directory / name) for name in (WEIGHTS, *MODEL_FILES) if (directory / name).is_file()}
    fixed = {"format": MANIFEST_FORMAT, "architecture": "marian", "files": files}
    _write_json(directory / MANIFEST, {**values, **fixed})


def import_weights(recipe: Recipe, model: Path, work: Workplace) -> None:
    """A checkpoint without moments from a model directory of the recipe's shape, and its vocabulary.

    Raises:
        InputError: another shape, or biases that this network has no place for.
        ModelError: the directory is damaged.
    """
    Manifest.read(model).verify(model)
    state = {name: torch.from_numpy(array) for name, array in read_weights(model).items()}
    stacks: dict[str, list[Tensor]] = {"W": [], "A": [], "B": [], "norm": []}
    for stack, _, module in places(recipe.shape):
        try:
            weight, bias = state[f"{module}.weight"], state[f"{module}.bias"]
        except KeyError as error:
            raise InputError(f"{model} has no {error}; its shape is not the recipe's") from error
        if stack != "norm" and bool(bias.any()):
            raise InputError(f"{model}: {module} has a bias, this network has none; use `finetune` for such a model")
        stacks[stack].append(torch.stack([weight, bias]) if stack == "norm" else weight)
    model_stacks = {name: torch.stack(tensors) for name, tensors in stacks.items()}
    model_stacks["emb"] = state["model.shared.weight"]
    seen = int(read_json(model / "config.json").get("target_tokens_seen", 0))
    checkpoint.save(
        work.checkpoint,
        {"model": model_stacks, "step": recipe.training.warm_steps, "toks": seen, "epoch": 0, "pos": 0},
    )
    shutil.copyfile(model / "source.spm", work.sentencepiece)


def _alignment_heads(recipe: Recipe) -> dict[str, Any] | None:
    if not (recipe.alignment or recipe.training.alignment_weight):
        return None
    return asdict(recipe.aligning)


def _special(size: int) -> dict[str, int]:
    ends = dict.fromkeys(("eos_token_id", "forced_eos_token_id", "bos_token_id"), END_ID)
    return ends | {"pad_token_id": size, "decoder_start_token_id": size}


def _config(recipe: Recipe, size: int, seen: int) -> dict[str, Any]:
    shape = recipe.shape
    values: dict[str, Any] = {
        "architectures": ["MarianMTModel"],
        "model_type": "marian",
        "activation_function": "relu",
        "d_model": shape.d_model,
        "vocab_size": size + 1,
        "decoder_vocab_size": size + 1,
        "max_position_embeddings": MAX_POSITIONS,
        "is_encoder_decoder": True,
        "add_final_layer_norm": False,
        "normalize_embedding": False,
        "scale_embedding": True,
        "share_encoder_decoder_embeddings": True,
        "static_position_embeddings": True,
        "tie_word_embeddings": True,
        "dtype": "float16",
        "use_cache": True,
        "target_tokens_seen": seen,
        **_special(size),
        **dict.fromkeys(("dropout", "attention_dropout", "activation_dropout"), 0.0),
    }
    for side, layers in (("encoder", shape.encoder_layers), ("decoder", shape.decoder_layers)):
        values |= {f"{side}_layers": layers, f"{side}_attention_heads": shape.heads, f"{side}_ffn_dim": shape.ffn}
    return values


def _write_json(path: Path, value: Any, indent: int | None = 1) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False, indent=indent) + "\n", encoding="utf-8")
