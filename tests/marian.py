"""Random Marian models of the OPUS architecture, for tests that need another model than the shipped one."""

import json
import shutil
from pathlib import Path

from translator.models import SHIPPED_DIRECTORY


def make_marian(folder: Path, *, width: int = 512, layers: int = 6, pickled: bool = False) -> Path:
    """A random `MarianMTModel` as transformers saves it: swish, tied embeddings, the shipped vocabulary."""
    import torch
    from transformers import MarianConfig, MarianMTModel

    torch.manual_seed(5)
    pieces = len(json.loads((SHIPPED_DIRECTORY / "vocab.json").read_text(encoding="utf-8")))
    config = MarianConfig(
        vocab_size=pieces,
        decoder_vocab_size=pieces,
        d_model=width,
        encoder_layers=layers,
        decoder_layers=layers,
        encoder_attention_heads=8,
        decoder_attention_heads=8,
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
        init_std=0.3,
    )
    model = MarianMTModel(config).eval()
    with torch.no_grad():
        model.final_logits_bias.normal_(std=0.5)
    model.generation_config.bad_words_ids = [[pieces - 1]]
    folder.mkdir(parents=True, exist_ok=True)
    model.save_pretrained(folder)
    if pickled:
        torch.save(model.state_dict(), folder / "pytorch_model.bin")
        (folder / "model.safetensors").unlink()
    for name in ("source.spm", "target.spm", "vocab.json", "tokenizer_config.json"):
        shutil.copyfile(SHIPPED_DIRECTORY / name, folder / name)
    return folder
