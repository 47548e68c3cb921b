"""Where a run keeps its state: one folder outside git, file names in one place."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Workplace:
    """The files of `folder`; `create` makes the folders."""

    folder: Path

    @classmethod
    def create(cls, folder: Path) -> "Workplace":
        work = cls(folder)
        work.prepared.mkdir(parents=True, exist_ok=True)
        return work

    @property
    def prepared(self) -> Path:
        return self.folder / "prepared"

    @property
    def text(self) -> Path:
        return self.prepared / "text.tsv"

    @property
    def development(self) -> Path:
        return self.prepared / "development.tsv"

    @property
    def report(self) -> Path:
        return self.prepared / "report.json"

    @property
    def sentencepiece(self) -> Path:
        return self.prepared / "spm.model"

    @property
    def arrays(self) -> Path:
        return self.prepared / "train.npz"

    @property
    def development_arrays(self) -> Path:
        return self.prepared / "development.npz"

    @property
    def links(self) -> Path:
        return self.prepared / "links.npz"

    @property
    def checkpoint(self) -> Path:
        return self.folder / "model.ckpt"

    @property
    def log(self) -> Path:
        return self.folder / "log.jsonl"

    @property
    def export(self) -> Path:
        return self.folder / "export"
