"""A random Marian model of the size of OPUS models, for speed where the real weights cannot be downloaded.

d=512, 6+6 layers, 59,514 pieces, swish, tied embeddings. What it writes is noise, so a benchmark must bound its
targets; time per piece does not depend on the values of weights.
"""

import json
import shutil
from pathlib import Path
from typing import Any, Final

from translator.models import SHIPPED_DIRECTORY

PIECES: Final = 59514
WIDTH: Final = 512
LAYERS: Final = 6
HEADS: Final = 8
_SEED: Final = 8


def marian_config(pieces: int, width: int, layers: int, **more: float) -> Any:
    """Of the OPUS architecture: swish, post-norm, tied embeddings, padding as the last piece; `layers` on each side."""
    import transformers

    library: Any = transformers
    return library.MarianConfig(
        vocab_size=pieces,
        decoder_vocab_size=pieces,
        d_model=width,
        encoder_layers=layers,
        decoder_layers=layers,
        encoder_attention_heads=HEADS,
        decoder_attention_heads=HEADS,
        encoder_ffn_dim=4 * width,
        decoder_ffn_dim=4 * width,
        activation_function="swish",
        max_position_embeddings=512,
        pad_token_id=pieces - 1,
        decoder_start_token_id=pieces - 1,
        eos_token_id=0,
        forced_eos_token_id=0,
        bos_token_id=0,
        scale_embedding=True,
        static_position_embeddings=True,
        normalize_embedding=False,
        add_final_layer_norm=False,
        tie_word_embeddings=True,
        share_encoder_decoder_embeddings=True,
        **more,
    )


def opus_sized(folder: Path) -> Path:
    """The model directory in `folder`, made where it is not there yet; its tokenizer is the shipped one, filled up."""
    if (folder / "model.safetensors").is_file():
        return folder
    import torch
    import transformers

    torch.manual_seed(_SEED)
    library: Any = transformers
    config = marian_config(PIECES, WIDTH, LAYERS)
    folder.mkdir(parents=True, exist_ok=True)
    vocabulary: dict[str, int] = json.loads((SHIPPED_DIRECTORY / "vocab.json").read_text(encoding="utf-8"))
    pieces = sorted(vocabulary, key=lambda piece: vocabulary[piece])[:-1]
    pieces += [f"▁filler{index}" for index in range(len(pieces), PIECES - 1)] + ["<pad>"]
    content = json.dumps({piece: index for index, piece in enumerate(pieces)}, ensure_ascii=False)
    (folder / "vocab.json").write_text(content, encoding="utf-8")
    for name in ("source.spm", "target.spm", "tokenizer_config.json"):
        shutil.copyfile(SHIPPED_DIRECTORY / name, folder / name)
    model = library.MarianMTModel(config)
    model.generation_config.bad_words_ids = [[PIECES - 1]]  # padding is no word
    model.save_pretrained(folder)
    return folder
