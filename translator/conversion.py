"""Marian weights to a CTranslate2 model, by CTranslate2's `specs` API, without torch.

The one converter for shipped, folder and hub models. Layout of the Marian state as transformers' `MarianMTModel`
saves it; layout of the target as CTranslate2's own Marian specification needs it (post-norm, zero first embedding).
"""

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from ctranslate2.specs import attention_spec, common_spec, transformer_spec

from translator.document import AlignmentHeads
from translator.errors import MissingExtraError, ModelError
from translator.tokenization import END_PIECE, UNKNOWN_PIECE

State = Mapping[str, npt.NDArray[np.float32]]

QUANTIZATIONS: Final = ("int8", "int8_float16", "float16", "float32")
MIN_POSITIONS: Final = 2048
"""Sinusoids are a formula, so the decoder may go past the length that the checkpoint names."""

_ACTIVATIONS: Final = {
    "relu": common_spec.Activation.RELU,
    "swish": common_spec.Activation.SWISH,
    "silu": common_spec.Activation.SWISH,
    "gelu": common_spec.Activation.GELU,
}
_PAD_PIECE: Final = "<pad>"


def convert(source: Path, output: Path, *, quantization: str = "int8", alignment: AlignmentHeads | None = None) -> None:
    """Write the CTranslate2 form of a Marian model directory into the existing, empty folder `output`.

    Args:
        alignment: the heads whose attention the model gives; by default all of the last layer.

    Raises:
        ModelError: a file is missing, damaged or not Marian's; the text names it.
        MissingExtraError: the weights are a pickle, which only torch's weights-only loader reads safely.
    """
    if quantization not in QUANTIZATIONS:
        raise ModelError(f"unknown quantization {quantization!r}; one of {', '.join(QUANTIZATIONS)}")
    config = read_json(source / "config.json")
    if config.get("model_type") != "marian":
        raise ModelError(
            f"{source / 'config.json'} says model_type {config.get('model_type')!r}; only 'marian' is known"
        )
    state = read_weights(source)
    try:
        spec = _specification(config, state, alignment)
    except KeyError as error:
        raise ModelError(f"the weights in {source} lack {error} that config.json promises") from error
    _register(spec, source / "vocab.json")
    try:
        spec.validate()
        if quantization != "float32":
            spec.optimize(quantization=quantization)
        spec.save(str(output))
    except (ValueError, RuntimeError) as error:
        raise ModelError(f"the weights in {source} do not fit its config.json: {error}") from error


def read_json(path: Path) -> dict[str, Any]:
    """A JSON object.

    Raises:
        ModelError: the file is missing or is not a JSON object.
    """
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ModelError(f"{path} is missing") from error
    except (ValueError, OSError) as error:
        raise ModelError(f"{path} is not readable JSON ({error})") from error
    if not isinstance(value, dict):
        raise ModelError(f"{path} must hold a JSON object")
    return value


def read_weights(directory: Path) -> State:
    """The weights of a Marian model directory as float32 arrays; a pickle is never unpickled.

    Raises:
        ModelError: no weights, or damaged ones.
        MissingExtraError: only ``pytorch_model.bin`` is there and torch is not installed.
    """
    path = directory / "model.safetensors"
    if path.is_file():
        from safetensors import SafetensorError
        from safetensors.numpy import load_file

        try:
            return {name: array.astype(np.float32) for name, array in load_file(path).items()}
        except (SafetensorError, ValueError, OSError) as error:
            raise ModelError(f"{path} is truncated or damaged ({error})") from error
    path = directory / "pytorch_model.bin"
    if not path.is_file():
        raise ModelError(f"{directory} holds neither model.safetensors nor pytorch_model.bin")
    try:
        import torch
    except ImportError as error:
        raise MissingExtraError(f"reading {path.name}", "opus") from error
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
        return {name: tensor.float().numpy() for name, tensor in state.items()}
    except Exception as error:  # torch raises whatever its zip or pickle reader meets
        raise ModelError(f"{path} is damaged or holds more than weights ({type(error).__name__})") from error


def _specification(
    config: Mapping[str, Any], state: State, alignment: AlignmentHeads | None
) -> transformer_spec.TransformerSpec:
    activation = config["activation_function"]
    if activation not in _ACTIVATIONS:
        raise ModelError(f"activation {activation!r} is unknown; one of {', '.join(_ACTIVATIONS)}")
    layers, heads = int(config["decoder_layers"]), int(config["decoder_attention_heads"])
    aligned = alignment or AlignmentHeads(layers - 1, tuple(range(heads)))
    if not (0 <= aligned.layer < layers and aligned.heads and set(aligned.heads) <= set(range(heads))):
        raise ModelError(
            f"alignment heads {list(aligned.heads)} of layer {aligned.layer} are not in a model of {layers} decoder "
            f"layers with {heads} heads each; correct alignment_heads in its manifest"
        )
    state = _heads_first(state, f"model.decoder.layers.{aligned.layer}.encoder_attn", heads, aligned.heads)
    spec = transformer_spec.TransformerSpec.from_config(
        (config["encoder_layers"], config["decoder_layers"]),
        config["encoder_attention_heads"],
        pre_norm=False,
        activation=_ACTIVATIONS[activation],
        alignment_layer=aligned.layer,
        alignment_heads=len(aligned.heads),
    )
    width = int(config["d_model"])
    scale = math.sqrt(width) if config.get("scale_embedding") else 1.0
    positions = sinusoids(max(MIN_POSITIONS, int(config["max_position_embeddings"])), width)
    for side, stack in (("encoder", spec.encoder), ("decoder", spec.decoder)):
        embedding = state.get(f"model.{side}.embed_tokens.weight")
        if embedding is None:
            embedding = state["model.shared.weight"]
        embeddings = stack.embeddings[0] if side == "encoder" else stack.embeddings
        embeddings.weight = _without_pad(embedding, config)
        stack.scale_embeddings = np.float32(scale)
        stack.position_encodings.encodings = positions
        for index, block in enumerate(stack.layer):
            prefix = f"model.{side}.layers.{index}."
            _attention(block.self_attention, state, prefix + "self_attn", fused=True)
            if side == "decoder":
                _attention(block.attention, state, prefix + "encoder_attn", fused=False)
            _linear(block.ffn.linear_0, state, prefix + "fc1")
            _linear(block.ffn.linear_1, state, prefix + "fc2")
            _norm(block.ffn.layer_norm, state, prefix + "final_layer_norm")
    spec.decoder.start_from_zero_embedding = True
    output = state.get("lm_head.weight")
    spec.decoder.projection.weight = spec.decoder.embeddings.weight if output is None else _without_pad(output, config)
    bias = state.get("final_logits_bias")
    if bias is not None and np.any(bias):
        spec.decoder.projection.bias = _without_pad(bias.reshape(-1), config)
    return spec


def sinusoids(length: int, width: int) -> npt.NDArray[np.float32]:
    """Marian's position encodings [length, width]: sines, then cosines (Vaswani et al. 2017)."""
    exponents = 2 * (np.arange(width) // 2) / width
    angles = np.arange(length)[:, None] / np.power(10000, exponents)[None, :]
    return np.concatenate([np.sin(angles[:, 0::2]), np.cos(angles[:, 1::2])], axis=1).astype(np.float32)


def _without_pad(array: npt.NDArray[np.float32], config: Mapping[str, Any]) -> npt.NDArray[np.float32]:
    """Transformers starts the decoder with a padding piece, last in the vocabulary; CTranslate2 has a flag for it."""
    last = array.shape[0] - 1
    return array[:-1] if config["pad_token_id"] == last else array


def _heads_first(state: State, name: str, count: int, first: tuple[int, ...]) -> State:
    """The weights with the heads `first` of an attention before its others, as CTranslate2 counts them; it computes
    the same."""
    order = [*first, *(head for head in range(count) if head not in first)]
    moved = dict(state)
    for part in ("q", "k", "v"):
        for kind in ("weight", "bias"):
            array = state[f"{name}.{part}_proj.{kind}"]
            moved[f"{name}.{part}_proj.{kind}"] = array.reshape(count, -1, *array.shape[1:])[order].reshape(array.shape)
    array = state[f"{name}.out_proj.weight"]
    moved[f"{name}.out_proj.weight"] = array.reshape(len(array), count, -1)[:, order].reshape(array.shape)
    return moved


def _linear(spec: common_spec.LinearSpec, state: State, name: str) -> None:
    spec.weight = state[f"{name}.weight"]
    spec.bias = state[f"{name}.bias"]


def _norm(spec: common_spec.LayerNormSpec, state: State, name: str) -> None:
    spec.gamma = state[f"{name}.weight"]
    spec.beta = state[f"{name}.bias"]


def _attention(spec: attention_spec.MultiHeadAttentionSpec, state: State, name: str, *, fused: bool) -> None:
    """Queries, keys and values in one matrix for self-attention, keys and values in one for cross-attention."""
    groups = (("q", "k", "v"),) if fused else (("q",), ("k", "v"))
    for linear, group in zip(spec.linear, groups, strict=False):
        linear.weight = np.concatenate([state[f"{name}.{part}_proj.weight"] for part in group])
        linear.bias = np.concatenate([state[f"{name}.{part}_proj.bias"] for part in group])
    _linear(spec.linear[-1], state, f"{name}.out_proj")
    _norm(spec.layer_norm, state, f"{name}_layer_norm")


def _register(spec: transformer_spec.TransformerSpec, path: Path) -> None:
    vocabulary = read_json(path)
    pieces = [piece for piece, _ in sorted(vocabulary.items(), key=lambda item: int(item[1]))]
    if pieces and pieces[-1] == _PAD_PIECE:
        pieces.pop()
    missing = [piece for piece in (END_PIECE, UNKNOWN_PIECE) if piece not in vocabulary]
    if missing:
        raise ModelError(f"{path} lacks {' and '.join(missing)}")
    spec.register_source_vocabulary(pieces)
    spec.register_target_vocabulary(pieces)
    spec.config.eos_token = END_PIECE
    spec.config.unk_token = UNKNOWN_PIECE
    spec.config.decoder_start_token = END_PIECE
    spec.config.add_source_eos = True
