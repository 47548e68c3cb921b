"""Random Marian models of the OPUS architecture, for tests that need another model than the shipped one."""

import json
import shutil
from pathlib import Path

from benchmarks.random_model import marian_config
from translator.models import SHIPPED_DIRECTORY


def make_marian(folder: Path, *, width: int = 512, layers: int = 6, pickled: bool = False) -> Path:
    """A random `MarianMTModel` as transformers saves it: swish, tied embeddings, the shipped vocabulary."""
    import torch
    from transformers import MarianMTModel

    torch.manual_seed(5)
    pieces = len(json.loads((SHIPPED_DIRECTORY / "vocab.json").read_text(encoding="utf-8")))
    config = marian_config(pieces, width, layers, init_std=0.3)
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
