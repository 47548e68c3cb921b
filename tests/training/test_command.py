"""``python -m training``: the steps in order, and one clear line for a mistake."""

import subprocess
import sys
from pathlib import Path

from training.workplace import Workplace

_RECIPE = """
name = "tiny-fr-en"
version = "1"
license = "CC-BY-SA-4.0"
source_language = "fr"
target_language = "en"
normalizer = "passerelle-1"
seed = 3
development = "dev"
trained_source_tokens = 90
shape = { d_model = 32, heads = 2, ffn = 64, encoder_layers = 1, decoder_layers = 1 }
vocabulary = { size = 400 }
training = { batch_tokens = 600, warm_steps = 5, max_tokens = 100 }
[[corpus]]
name = "bakery"
license = "CC0-1.0"
source = "written for this test"
"""


def _run(*arguments: str | Path) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "training", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_train_and_finish_leave_a_model_and_its_curve(tmp_path: Path, work: Workplace) -> None:
    recipe = tmp_path / "tiny.toml"
    recipe.write_text(_RECIPE, encoding="utf-8")
    trained = _run("train", recipe, "--steps", "2", "--workers", "2", "--polite", "--work", work.folder)
    assert trained.returncode == 0, trained.stderr
    assert trained.stdout.startswith("step 2, ")
    stable = work.checkpoint.read_bytes()
    finished = _run("finish", recipe, "--steps", "2", "--workers", "1", "--work", work.folder)
    assert finished.returncode == 0, finished.stderr
    assert (work.export / "manifest.json").is_file()
    assert work.checkpoint.read_bytes() == stable


def test_a_mistake_is_one_line_and_status_2(tmp_path: Path) -> None:
    result = _run("train", tmp_path / "none.toml", "--steps", "1", "--work", tmp_path)
    assert result.returncode == 2
    assert result.stderr.startswith("error: ")
    assert result.stderr.count("\n") == 1
