"""Getting models: fetched from the hub, converted once, listed and described."""

import json
import shutil
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from translator.conversion import convert, read_json
from translator.errors import ModelError
from translator.models import (
    HUB_NAME,
    MANIFEST,
    MANIFEST_FORMAT,
    OPUS,
    WEIGHTS,
    Manifest,
    is_converted,
    load,
    locate,
    sha256,
)
from translator.normalization import normalizer
from translator.probing import probe

_HUB_FILES: Final = ("config.json", "generation_config.json", "*.spm", "vocab.json", "tokenizer_config.json")
_CARRIED_FILES: Final = ("source.spm", "target.spm")
_MEGABYTE: Final = 1_000_000


def fetch(name: str, output: Path) -> Path:
    """Download a Marian model from the hub into `output`, with a progress bar on a terminal.

    Raises:
        ModelError: no network, no such model, or `output` holds something already.
    """
    if not HUB_NAME.match(name):
        raise ModelError(f"{name!r} is no hub name; one looks like {OPUS}")
    _require_empty(output)
    from huggingface_hub import HfApi, snapshot_download

    try:
        present = set(HfApi().list_repo_files(name))
        weights = next((file for file in WEIGHTS if file in present), None)
        if weights is None:
            raise ModelError(f"{name} has neither {' nor '.join(WEIGHTS)}")
        snapshot_download(name, local_dir=output, allow_patterns=[*_HUB_FILES, weights])
    except ModelError:
        raise
    except Exception as error:  # the hub's client raises its transport's errors, whichever that is
        raise ModelError(
            f"{name} could not be fetched ({type(error).__name__}). Without network, on a machine that has one: "
            f"`passerelle model fetch {name} --out DIR`, then copy DIR here and use its path as the model"
        ) from error
    return output


def import_model(source: str, output: Path, *, quantization: str = "int8") -> Manifest:
    """Convert a Marian model directory or hub name into a CTranslate2 model directory with a manifest.

    The folder appears whole or not at all.

    Raises:
        ModelError: the source is no Marian model, or `output` holds something already.
    """
    directory = locate(source)
    _require_empty(output)
    if is_converted(directory):
        raise ModelError(f"{directory} is a CTranslate2 model already; use it as it is")
    manifest = Manifest.read(directory)
    manifest.verify(directory)
    output.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=output.parent, prefix=f".{output.name}-") as folder:
        part = Path(folder) / "model"
        part.mkdir()
        convert(directory, part, quantization=quantization, alignment=manifest.alignment)
        for name in _CARRIED_FILES:
            if not (directory / name).is_file():
                raise ModelError(f"{directory / name} is missing; a Marian model directory needs it")
            shutil.copyfile(directory / name, part / name)
        values = {
            **manifest.details,
            "format": MANIFEST_FORMAT,
            "name": source if HUB_NAME.match(source) and not Path(source).is_dir() else manifest.name,
            "normalizer": manifest.normalizer,
            "trained_source_tokens": manifest.trained_source_tokens,
            "placeholders": list(_placeholders(part, manifest)),
            "quantization": quantization,
            "origin": source,
            "files": {path.name: sha256(path) for path in sorted(part.iterdir())},
        }
        (part / MANIFEST).write_text(json.dumps(values, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        if output.is_dir():
            output.rmdir()
        part.rename(output)
    return Manifest.read(output)


def _placeholders(converted: Path, manifest: Manifest) -> tuple[str, ...]:
    """Probed once, at import, so that no start has to."""
    if manifest.placeholders is not None:
        return manifest.placeholders
    model = load(str(converted))
    try:
        return probe(replace(model, normalize=normalizer(manifest.normalizer))).shapes
    finally:
        model.close()


def cached() -> list[tuple[str, Path]]:
    """Names and folders of the Marian models in this machine's hub cache."""
    from huggingface_hub import scan_cache_dir
    from huggingface_hub.errors import CacheNotFound

    try:
        repositories = scan_cache_dir().repos
    except CacheNotFound:
        return []
    found = []
    for repository in sorted(repositories, key=lambda one: one.repo_id):
        for revision in repository.revisions:
            if (revision.snapshot_path / "source.spm").is_file():
                found.append((repository.repo_id, revision.snapshot_path))
                break
    return found


def describe(name: str) -> dict[str, str]:
    """What is known of a model, for people: one line a fact.

    Raises:
        ModelError: the model is not there or damaged.
    """
    directory = locate(name)
    manifest = Manifest.read(directory)
    manifest.verify(directory)
    config = read_json(directory / "config.json")
    size = sum(path.stat().st_size for path in directory.iterdir() if path.is_file())
    details = manifest.details
    facts: dict[str, Any] = {
        "name": manifest.name,
        "version": details.get("version"),
        "origin": details.get("origin", name),
        "folder": directory,
        "size": f"{size / _MEGABYTE:.1f} MB",
        "format": "CTranslate2" if is_converted(directory) else "Marian",
        "quantisation": details.get("quantization", "as stored; int8 on CPU when loaded"),
        "architecture": _architecture(config),
        "vocabulary": config.get("vocab_size", details.get("vocabulary")),
        "normaliser": manifest.normalizer,
        "trained source tokens": manifest.trained_source_tokens,
        "placeholders": _named(manifest.placeholders),
        "license": details.get("license"),
        "target tokens seen": details.get("target_tokens_seen"),
    }
    facts |= {f"figures, {key}": value for key, value in dict(details.get("figures", {})).items()}
    return {key: str(value) for key, value in facts.items() if value is not None}


def _named(placeholders: tuple[str, ...] | None) -> str:
    return (
        "found by a probe at each load"
        if placeholders is None
        else " ".join(placeholders) or "none are copied reliably"
    )


def _architecture(config: dict[str, Any]) -> str | None:
    if "d_model" not in config:
        return None
    return (
        f"Marian, {config['encoder_layers']}+{config['decoder_layers']} layers, d={config['d_model']}, "
        f"feed-forward {config['encoder_ffn_dim']}, {config['activation_function']}"
    )


def _require_empty(output: Path) -> None:
    if output.exists() and (not output.is_dir() or any(output.iterdir())):
        raise ModelError(f"{output} exists and is not an empty folder; choose another --out")
