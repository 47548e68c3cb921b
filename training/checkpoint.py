"""A checkpoint is whole or it is the one before: written beside, flushed, then renamed.

Keys: ``model``, ``m``, ``v``, ``ema`` (stacks), ``t`` (updates since the moments began), ``step``, ``toks`` (target
pieces), ``epoch``, ``pos`` (next batch), ``data`` (what the batches were made of). The pilot's have no ``data`` and no
``ema``; weights alone (``model``, ``step``, ``toks``, ``epoch``, ``pos``) are a checkpoint too.
"""

import logging
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from translator.errors import InputError

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class Position:
    """How far the training is. `updates` counts from the start of the moments, `step` from that of the weights."""

    step: int = 0
    tokens: int = 0
    epoch: int = 0
    batch: int = 0
    updates: int = 0


def save(path: Path, contents: dict[str, Any]) -> bool:
    """Write a checkpoint; where the disk refuses it, warn, keep the last good one and return False."""
    part = path.with_name(path.name + ".tmp")
    try:
        with part.open("wb") as file:
            torch.save(contents, file)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except (OSError, RuntimeError) as error:
        part.unlink(missing_ok=True)
        logger.warning("%s not written (%s); the last good checkpoint stays", path, error)
        return False
    return True


def load(path: Path) -> dict[str, Any]:
    """The contents of a checkpoint, on the CPU; a pickle of anything but tensors and numbers is refused.

    Raises:
        InputError: no checkpoint, or a damaged one.
    """
    try:
        contents: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
    except FileNotFoundError as error:
        raise InputError(f"{path} is missing; train first, or `import` a model") from error
    except Exception as error:  # torch raises whatever its zip or pickle reader meets
        raise InputError(f"{path} is damaged or no checkpoint ({type(error).__name__})") from error
    if not isinstance(contents, dict) or "model" not in contents:
        raise InputError(f"{path} holds no model")
    return contents
