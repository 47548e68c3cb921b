"""A recipe is read whole or refused with the key that is wrong."""

from pathlib import Path

import pytest

from training.config import Recipe, read_recipe
from translator.errors import InputError
from translator.models import SHIPPED_DIRECTORY, Manifest

RECIPES = Path(__file__).parents[2] / "training"
SMALL = """
name = "tiny"
version = "1"
license = "CC-BY-SA-4.0"
source_language = "fr"
target_language = "en"
normalizer = "passerelle-1"
seed = 1
development = "dev"
trained_source_tokens = 90
[shape]
d_model = 16
heads = 2
ffn = 32
encoder_layers = 1
decoder_layers = 1
"""


@pytest.mark.parametrize("name", ["passerelle", "passerelle-cuda"])
def test_the_project_s_recipes_are_valid_and_name_terms_for_every_corpus(name: str) -> None:
    recipe: Recipe = read_recipe(RECIPES / f"{name}.toml")
    assert recipe.corpora
    assert all(corpus.license and "none" not in corpus.license for corpus in recipe.corpora)
    assert not {corpus.name for corpus in recipe.corpora} & {entry.name for entry in recipe.left_out}


def test_a_recipe_on_a_base_changes_single_keys() -> None:
    small, large = (read_recipe(RECIPES / f"{name}.toml") for name in ("passerelle", "passerelle-cuda"))
    assert large.shape.d_model > small.shape.d_model
    assert large.corpora == small.corpora
    assert large.training.learning_rate == small.training.learning_rate


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("seed = 1", "sede = 1"), "unknown key 'sede'"),
        (("seed = 1", ""), "'seed' is missing"),
        (("seed = 1", 'seed = "one"'), "'seed' must be int"),
        (("heads = 2", "heads = 3"), "no multiple of heads"),
        (("seed = 1", "seed ="), "no valid TOML"),
        (("[shape]", "[shape]\nwidth = 3"), r"\[shape\]: unknown key 'width'"),
    ],
)
def test_recipes_that_are_refused(tmp_path: Path, change: tuple[str, str], message: str) -> None:
    path = tmp_path / "model.toml"
    path.write_text(SMALL.replace(*change), encoding="utf-8")
    with pytest.raises(InputError, match=message):
        read_recipe(path)


def test_a_missing_recipe_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        read_recipe(tmp_path / "none.toml")


def test_the_recipe_names_the_heads_of_the_shipped_model() -> None:
    recipe = read_recipe(RECIPES / "passerelle.toml")

    assert recipe.aligning == recipe.alignment == Manifest.read(SHIPPED_DIRECTORY).alignment
