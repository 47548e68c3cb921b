import json
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from marian import make_marian

from translator import Translator, acquisition, models
from translator.errors import ModelError


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return Path(shutil.copytree(models.SHIPPED_DIRECTORY, tmp_path / "copy"))


def test_the_shipped_model_is_whole_and_small() -> None:
    manifest = models.Manifest.read(models.SHIPPED_DIRECTORY)
    manifest.verify(models.SHIPPED_DIRECTORY)

    assert {"model.safetensors", "source.spm", "target.spm", "vocab.json"} <= set(manifest.files)
    assert sum(path.stat().st_size for path in models.SHIPPED_DIRECTORY.iterdir()) < 64e6
    assert len(manifest.placeholders) == 8


def test_a_folder_translates_as_the_shipped_model(copy: Path, translator: Translator) -> None:
    text = "La ministre est arrivée à Brest."
    with_folder = Translator.load(str(copy))

    assert with_folder.translate(text) == translator.translate(text)


def test_an_imported_model_translates_as_its_source(tmp_path: Path, translator: Translator) -> None:
    manifest = acquisition.import_model("shipped", tmp_path / "converted")
    converted = Translator.load(str(tmp_path / "converted"))
    text = "La ministre est arrivée à Brest, et 300 personnes l’attendaient."

    assert manifest.files["model.bin"]
    assert converted.translate(text) == translator.translate(text)
    assert acquisition.describe(str(tmp_path / "converted"))["format"] == "CTranslate2"


def test_a_model_of_the_opus_architecture_loads_from_safetensors_and_from_a_pickle(tmp_path: Path) -> None:
    pytest.importorskip("torch")
    safe = Translator.load(str(make_marian(tmp_path / "safe", width=64, layers=2)))
    pickled = Translator.load(str(make_marian(tmp_path / "pickled", width=64, layers=2, pickled=True)))
    encoded = safe.model.tokenizer.encode(["Bonjour à tous."])
    decoding = models_decoding()

    assert safe.engine.submit(encoded, decoding).result() == pickled.engine.submit(encoded, decoding).result()
    assert safe.model.manifest.normalizer == "none"


def models_decoding() -> object:
    from translator.engines import Decoding

    return Decoding()


def _truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1000])


def _alter(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


@pytest.mark.parametrize("damage", [_truncate, _alter, Path.unlink])
@pytest.mark.parametrize("name", ["model.safetensors", "source.spm", "vocab.json"])
def test_a_damaged_file_is_refused_by_name(name: str, damage: Callable[[Path], None], copy: Path) -> None:
    damage(copy / name)
    with pytest.raises(ModelError, match=name.replace(".", r"\.")):
        models.load(str(copy))


def test_damage_shows_without_a_manifest_too(copy: Path) -> None:
    (copy / "manifest.json").unlink()
    _truncate(copy / "model.safetensors")
    with pytest.raises(ModelError, match=r"model\.safetensors is truncated or damaged"):
        models.load(str(copy))


def test_a_pickle_that_holds_more_than_weights_is_never_run(copy: Path, tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")

    class Trap:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return (Path.touch, (Path(str(tmp_path / "sprung")),))  # type: ignore[return-value]

    (copy / "manifest.json").unlink()
    (copy / "model.safetensors").unlink()
    torch.save({"model.shared.weight": Trap()}, copy / "pytorch_model.bin")
    with pytest.raises(ModelError, match="holds more than weights"):
        models.load(str(copy))
    assert not (tmp_path / "sprung").exists()


def test_a_manifest_of_another_format_is_refused(copy: Path) -> None:
    manifest = json.loads((copy / "manifest.json").read_text())
    (copy / "manifest.json").write_text(json.dumps(manifest | {"format": 99}))
    with pytest.raises(ModelError, match="format 99, this version reads 1"):
        models.load(str(copy))


def test_a_temporary_folder_that_is_missing_is_explained(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "missing"))
    with pytest.raises(ModelError, match=r"temporary folder cannot take it .* set TMPDIR"):
        models.load()


def test_unknown_names_are_explained(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setenv("HF_HOME", str(tmp_path))
    with pytest.raises(ModelError, match="neither 'shipped', nor a folder, nor a hub name"):
        models.load("nosuch")
    with pytest.raises(ModelError, match="passerelle model fetch no-such/model-fr-en --out DIR"):
        models.load("no-such/model-fr-en")


def test_import_leaves_nothing_behind_when_it_fails(copy: Path, tmp_path: Path) -> None:
    (copy / "manifest.json").unlink()
    _truncate(copy / "model.safetensors")
    with pytest.raises(ModelError):
        acquisition.import_model(str(copy), tmp_path / "out" / "model")

    assert list((tmp_path / "out").iterdir()) == []


def test_import_overwrites_nothing(copy: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="is not an empty folder"):
        acquisition.import_model("shipped", copy)
