"""From a name to a verified, loaded model: "shipped", a folder, or a name on the Hugging Face hub."""

import hashlib
import re
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal

from translator.conversion import convert, read_json
from translator.document import AlignmentHeads
from translator.engines import Engine
from translator.engines.ctranslate2 import CTranslate2Engine
from translator.engines.transformers import TransformersEngine
from translator.errors import ModelError
from translator.normalization import normalizer
from translator.tokenization import Tokenizer

SHIPPED: Final = "shipped"
SHIPPED_DIRECTORY: Final = Path(__file__).with_name("models") / "passerelle-fr-en"
OPUS: Final = "Helsinki-NLP/opus-mt-fr-en"
EngineName = Literal["ctranslate2", "transformers"]

MANIFEST: Final = "manifest.json"
MANIFEST_FORMAT: Final = 1
UNDECLARED_TRAINED_SOURCE_TOKENS: Final = 128
"""For models without a manifest: OPUS models saw few sentences that were longer, and lose text beyond."""

HUB_NAME: Final = re.compile(r"[\w-][\w.-]*/[\w.-]+\Z")
WEIGHTS: Final = ("model.safetensors", "pytorch_model.bin")
_STORED: Final = {"default": "int8", "int8": "int8", "float32": "float32"}


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a model directory says of itself.

    Attributes:
        trained_source_tokens: longer segments are cut at clauses.
        placeholders: trained copy symbols; None where a probe has to find some.
        hidden_labels: entities that go behind placeholders from the start: this model copies better than it spells.
        alignment: the heads that align words; None where that is not known.
        files: sha256 of each file, by name.
    """

    name: str
    normalizer: str = "none"
    trained_source_tokens: int = UNDECLARED_TRAINED_SOURCE_TOKENS
    placeholders: tuple[str, ...] | None = None
    alignment: AlignmentHeads | None = None
    hidden_labels: tuple[str, ...] = ()
    files: Mapping[str, str] = field(default_factory=dict)
    details: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def read(cls, directory: Path) -> "Manifest":
        """The manifest of a model directory, or a cautious one where it has none.

        Raises:
            ModelError: a manifest that this version cannot read.
        """
        path = directory / MANIFEST
        if not path.is_file():
            return cls(name=directory.name)
        values = read_json(path)
        if values.get("format") != MANIFEST_FORMAT:
            raise ModelError(
                f"{path} has format {values.get('format')!r}, this version reads {MANIFEST_FORMAT}; "
                "import the model again with `passerelle model import`"
            )
        try:
            heads = values.get("alignment_heads")
            return cls(
                name=str(values["name"]),
                normalizer=str(values["normalizer"]),
                trained_source_tokens=int(values["trained_source_tokens"]),
                placeholders=tuple(values["placeholders"]) if "placeholders" in values else None,
                hidden_labels=tuple(values.get("hidden_labels", ())),
                alignment=AlignmentHeads(int(heads["layer"]), tuple(map(int, heads["heads"])), bool(heads.get("late")))
                if heads
                else None,
                files=dict(values["files"]),
                details=values,
            )
        except (KeyError, TypeError, ValueError) as error:
            raise ModelError(f"{path} lacks or misstates {error}") from error

    def verify(self, directory: Path) -> None:
        """Compare every file that the manifest names with its sha256.

        Raises:
            ModelError: a file is missing, truncated or altered; the text names it.
        """
        for name, expected in self.files.items():
            path = directory / name
            if not path.is_file():
                raise ModelError(f"{path} is missing, the manifest names it; fetch or import the model again")
            if sha256(path) != expected:
                raise ModelError(f"{path} is truncated or was altered (sha256 differs from {MANIFEST}); fetch it again")


@dataclass(frozen=True, slots=True)
class Model:
    """A model in memory. `sha256` identifies the weights, `origin` says where they came from."""

    manifest: Manifest
    tokenizer: Tokenizer
    engine: Engine
    normalize: Callable[[str], str]
    sha256: str
    origin: str

    @property
    def name(self) -> str:
        return self.manifest.name

    def close(self) -> None:
        self.engine.close()


def sha256(path: Path) -> str:
    """Hexadecimal sha256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def locate(name: str) -> Path:
    """The model directory that a name stands for; a hub name is looked up in the local cache only.

    Raises:
        ModelError: there is none; the text says what to do.
    """
    if name == SHIPPED:
        return SHIPPED_DIRECTORY
    path = Path(name).expanduser()
    if path.is_dir():
        return path
    if not HUB_NAME.match(name):
        raise ModelError(f"no model {name!r}: neither 'shipped', nor a folder, nor a hub name such as {OPUS}")
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import LocalEntryNotFoundError

    try:
        directory = Path(snapshot_download(name, local_files_only=True))
    except (LocalEntryNotFoundError, OSError) as error:
        raise ModelError(
            f"{name} is neither a folder nor a model that is on this machine; with network: "
            f"`passerelle model fetch {name} --out DIR`; without: do that elsewhere, copy DIR here and use its path "
            "as the model"
        ) from error
    return directory


def load(
    name: str = SHIPPED,
    *,
    engine: EngineName = "ctranslate2",
    device: str = "auto",
    compute_type: str = "default",
    threads: int | None = None,
) -> Model:
    """A model ready to translate.

    A Marian directory is converted at each start, into a temporary folder that goes after loading: 0.2 s for the
    shipped model.

    Raises:
        ModelError: the model is not there, damaged, or cannot run on this machine.
        MissingExtraError: the engine or the weights need the extra ``opus``.
    """
    directory = locate(name)
    manifest = Manifest.read(directory)
    manifest.verify(directory)
    converted = is_converted(directory)
    weights = directory / "model.bin" if converted else _weights(directory)
    tokenizer = Tokenizer(directory)
    identity = manifest.files.get(weights.name) or sha256(weights)
    late = manifest.alignment is not None and manifest.alignment.late
    running: Engine
    if engine == "transformers":
        if converted:
            raise ModelError(f"{directory} holds CTranslate2 weights; the transformers engine needs the Marian ones")
        running = TransformersEngine(
            directory, device=device, compute_type=compute_type, threads=threads, alignment=manifest.alignment
        )
    elif converted:
        running = CTranslate2Engine(
            directory, device=device, compute_type=compute_type, threads=threads, late_attention=late
        )
    else:
        try:
            with tempfile.TemporaryDirectory(prefix="passerelle-") as folder:
                stored = _STORED.get(compute_type, "float16")
                convert(directory, Path(folder), quantization=stored, alignment=manifest.alignment)
                running = CTranslate2Engine(
                    Path(folder), device=device, compute_type=compute_type, threads=threads, late_attention=late
                )
        except OSError as error:
            raise ModelError(
                f"{directory} is converted at each start and the temporary folder cannot take it "
                f"({error.strerror or error}); set TMPDIR, or convert it once by `passerelle model import`"
            ) from error
    return Model(manifest, tokenizer, running, normalizer(manifest.normalizer), identity, name)


def is_converted(directory: Path) -> bool:
    """Whether a model directory holds CTranslate2 weights."""
    return (directory / "model.bin").is_file()


def _weights(directory: Path) -> Path:
    for name in WEIGHTS:
        if (directory / name).is_file():
            return directory / name
    raise ModelError(f"{directory} holds no model: none of model.bin, {', '.join(WEIGHTS)}")
