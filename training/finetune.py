"""Goes on with any Marian model directory, the shipped one or OPUS's, on translations of one's own.

The model keeps its vocabulary, normaliser and placeholders; the result is a model directory like the one it came from.
"""

import json
import random
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

import torch

from training.config import Filters
from training.corpora import Pair, find_corpora
from training.export import MODEL_FILES, write_manifest
from training.filters import broken_rule
from training.session import TrainingError
from translator.conversion import read_json
from translator.errors import InputError
from translator.models import MANIFEST, Manifest
from translator.normalization import normalizer
from translator.tokenization import END_PIECE, UNKNOWN_PIECE, Tokenizer

IGNORED = -100
"""Label that transformers leaves out of the loss."""
BATCH_TOKENS = 2000
WARM_SHARE = 0.1


def finetune(
    model: Path,
    corpora: Path,
    output: Path,
    *,
    steps: int,
    learning_rate: float = 1e-4,
    seed: int = 0,
    device: str = "cpu",
) -> tuple[float, float]:
    """Train all weights of `model` for `steps` batches; the first and the last tenth's mean loss come back.

    Raises:
        InputError: no usable pair, or `output` exists.
        TrainingError: the loss is not a number.
    """
    from transformers import MarianMTModel

    if output.exists():
        raise InputError(f"{output} exists; name a new folder")
    manifest = Manifest.read(model)
    pairs = _pairs(corpora, manifest.normalizer)
    rows = _encoded(model, pairs)
    torch.manual_seed(seed)
    network = cast("Any", MarianMTModel.from_pretrained(model, dtype=torch.float32)).to(device).train()
    padding = int(read_json(model / "config.json")["pad_token_id"])
    weights = [weight for weight in network.parameters() if weight.requires_grad]
    optimizer = torch.optim.AdamW(weights, learning_rate, betas=(0.9, 0.98), weight_decay=0.01)
    warm = max(1, int(steps * WARM_SHARE))
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: min((step + 1) / warm, (steps - step) / steps))
    losses: list[float] = []
    chance = random.Random(seed)
    batches: list[list[tuple[list[int], list[int]]]] = []
    for step in range(steps):
        batches = batches or _batches(rows, chance)
        source, target = (
            _padded([row[side] for row in batches[-1]], fill) for side, fill in ((0, padding), (1, IGNORED))
        )
        batches.pop()
        source = source.to(device)
        loss = network(input_ids=source, attention_mask=source != padding, labels=target.to(device)).loss
        if not torch.isfinite(loss):
            raise TrainingError(f"loss {float(loss)} at step {step}; lower the learning rate; nothing was written")
        loss.backward()
        torch.nn.utils.clip_grad_norm_(weights, 1.0)
        optimizer.step()
        optimizer.zero_grad()
        schedule.step()
        losses.append(loss.item())
    network.half().save_pretrained(output)
    for name in MODEL_FILES:
        if (model / name).is_file() and not (output / name).is_file():
            shutil.copyfile(model / name, output / name)
    _describe(model, output, manifest, len(pairs))
    tenth = max(1, steps // 10)
    return sum(losses[:tenth]) / tenth, sum(losses[-tenth:]) / tenth


def _pairs(corpora: Path, normalizer_name: str) -> list[Pair]:
    normal, filters = normalizer(normalizer_name), Filters()
    rows = [row for text in find_corpora(corpora).values() for row in text.rows()]
    pairs = dict.fromkeys((normal(row[0]), normal(row[1])) for row in rows if row)
    usable = [pair for pair in pairs if broken_rule(*pair, filters) in (None, "few_letters", "length_ratio")]
    if not usable:
        raise InputError(f"{corpora}: none of {len(rows)} rows is a usable pair")
    return usable


def _encoded(model: Path, pairs: list[Pair]) -> list[tuple[list[int], list[int]]]:
    tokenizer, vocabulary = Tokenizer(model), read_json(model / "vocab.json")
    unknown = vocabulary[UNKNOWN_PIECE]
    sides = (tokenizer.encode([f for f, _ in pairs]), tokenizer.encode_target([e for _, e in pairs]))
    ids = [[[vocabulary.get(piece, unknown) for piece in (*row, END_PIECE)] for row in side] for side in sides]
    return list(zip(ids[0], ids[1], strict=True))


def _batches(rows: list[tuple[list[int], list[int]]], chance: random.Random) -> list[list[tuple[list[int], list[int]]]]:
    """Neighbours in length together, in random order."""
    ordered = sorted(rows, key=lambda row: (len(row[0]), chance.random()))
    batches: list[list[tuple[list[int], list[int]]]] = [[]]
    for row in ordered:
        if batches[-1] and max(map(len, row)) * (len(batches[-1]) + 1) > BATCH_TOKENS:
            batches.append([])
        batches[-1].append(row)
    chance.shuffle(batches)
    return batches


def _padded(rows: Sequence[list[int]], fill: int) -> torch.Tensor:
    width = max(map(len, rows))
    return torch.tensor([row + [fill] * (width - len(row)) for row in rows])


def _describe(model: Path, output: Path, manifest: Manifest, pairs: int) -> None:
    """The old manifest with the own data added; a model that had none says what the translator assumed for it."""
    assumed = {
        "name": manifest.name,
        "normalizer": manifest.normalizer,
        "trained_source_tokens": manifest.trained_source_tokens,
        "placeholders": list(manifest.placeholders or ()),
    }
    values: dict[str, Any] = (
        json.loads((model / MANIFEST).read_text(encoding="utf-8")) if (model / MANIFEST).is_file() else assumed
    )
    own = {"corpus": "fine-tuning", "pairs": pairs, "license": "the user's", "source": "the user's own translations"}
    changed = {"name": f"{values['name']}-finetuned", "data": [*values.get("data", []), own], "figures": {}}
    write_manifest(output, {**values, **changed})
