"""The training loop: it learns, resumes exactly, and never loses the last good checkpoint."""

import json
import logging
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from training import checkpoint
from training.alignment import align
from training.batches import Plan, Text
from training.config import Recipe
from training.progress import draw, read_log
from training.session import Run, TrainingError
from training.train import train
from training.workplace import Workplace
from translator.document import AlignmentHeads
from translator.errors import InputError


def run_of(work: Workplace, **options: Any) -> Run:
    fixed = {"arrays": work.arrays, "development": work.development_arrays, "links": work.links}
    return Run(**{**fixed, "checkpoint": work.checkpoint, "log": work.log, "vocabulary": 400, **options})


def same(one: dict[str, Any], other: dict[str, Any]) -> bool:
    stacks = [(one[key][name], other[key][name]) for key in ("model", "m", "v") for name in one[key]]
    numbers = ("step", "toks", "epoch", "pos", "t", "data")
    return all(torch.equal(a, b) for a, b in stacks) and all(one[key] == other[key] for key in numbers)


def test_a_resumed_run_equals_an_uninterrupted_one(tmp_path: Path, recipe: Recipe, work: Workplace) -> None:
    settings = replace(recipe, training=replace(recipe.training, ema=0.9))
    whole = tmp_path / "whole.ckpt"
    train(settings, run_of(work, steps=6, checkpoint=whole))
    train(settings, run_of(work, steps=4))
    assert train(settings, run_of(work, steps=2)).step == 6
    one, other = checkpoint.load(whole), checkpoint.load(work.checkpoint)
    assert same(one, other)
    assert all(torch.equal(one["ema"][name], other["ema"][name]) for name in one["ema"])


def test_two_processes_learn_with_shared_gradients(recipe: Recipe, work: Workplace) -> None:
    train(recipe, run_of(work, steps=1, workers=1))
    before = read_log(work.log)[-1].dev_loss
    position = train(recipe, run_of(work, steps=25, workers=2))
    after = read_log(work.log)[-1].dev_loss
    assert position.step == 26
    assert before is not None
    assert after is not None
    assert after < before - 0.5


def test_the_learning_rate_ends_near_zero_and_the_log_becomes_a_picture(recipe: Recipe, work: Workplace) -> None:
    train(recipe, run_of(work, steps=8))
    train(recipe, run_of(work, steps=8, decay_share=1.0, focus=True))
    stable, decayed = read_log(work.log)
    assert not stable.decaying
    assert decayed.decaying
    assert decayed.learning_rate < stable.learning_rate / 5
    assert decayed.tokens > stable.tokens
    draw(work.log, work.folder / "curve.png")
    assert (work.folder / "curve.png").read_bytes().startswith(b"\x89PNG")


def test_the_pilots_checkpoint_is_taken_over(recipe: Recipe, work: Workplace) -> None:
    """The same stacks and moments, without the keys that the pilot does not know."""
    train(recipe, run_of(work, steps=3))
    saved = checkpoint.load(work.checkpoint)
    pilot = {key: value for key, value in saved.items() if key not in ("data", "ema")} | {"mix": "", "seed": 0}
    checkpoint.save(work.checkpoint, pilot)
    position = train(recipe, run_of(work, steps=1))
    assert (position.step, position.updates, position.batch) == (4, 4, 1)
    assert position.epoch == saved["epoch"] + 1


def test_a_loss_that_is_no_number_stops_and_keeps_the_last_good(recipe: Recipe, work: Workplace) -> None:
    train(recipe, run_of(work, steps=2))
    good = work.checkpoint.read_bytes()
    wild = replace(recipe, training=replace(recipe.training, learning_rate=1e30))
    with pytest.raises(TrainingError, match=r"after step \d+, epoch 0, batch \d+.*still holds step 2"):
        train(wild, run_of(work, steps=5))
    assert work.checkpoint.read_bytes() == good


def test_a_full_disk_leaves_the_last_good_checkpoint(
    recipe: Recipe, work: Workplace, caplog: pytest.LogCaptureFixture
) -> None:
    train(recipe, run_of(work, steps=2))
    good = work.checkpoint.read_bytes()
    work.checkpoint.with_name("model.ckpt.tmp").symlink_to("/dev/full")
    with caplog.at_level(logging.WARNING):
        train(recipe, run_of(work, steps=1))
    assert "the last good checkpoint stays" in caplog.text
    assert work.checkpoint.read_bytes() == good


def test_checkpoints_and_texts_that_do_not_fit_are_refused(recipe: Recipe, work: Workplace) -> None:
    work.checkpoint.write_bytes(b"damaged")
    with pytest.raises(InputError, match="damaged or no checkpoint"):
        train(recipe, run_of(work, steps=1))
    work.checkpoint.unlink()
    train(recipe, run_of(work, steps=1))
    wider = replace(recipe, shape=replace(recipe.shape, ffn=128))
    with pytest.raises(InputError, match="does not fit the recipe"):
        train(wider, run_of(work, steps=1))
    short = replace(recipe, training=replace(recipe.training, max_tokens=2))
    with pytest.raises(InputError, match="no batch"):
        train(short, run_of(work, steps=1))
    with pytest.raises(InputError, match="either minutes or steps"):
        train(recipe, run_of(work))


@pytest.mark.parametrize("heads", [None, AlignmentHeads(0, (1,), late=True)])
def test_one_attention_head_learns_the_alignments(
    heads: AlignmentHeads | None, tmp_path: Path, recipe: Recipe, work: Workplace
) -> None:
    links = tmp_path / "links.npz"
    assert align(work.arrays, links, 400, iterations=4) > 0
    guided = replace(recipe, training=replace(recipe.training, alignment_weight=1.0), alignment=heads)
    losses = []
    for _ in range(2):
        train(guided, run_of(work, steps=30, links=links, development=None))
        losses.append(read_log(work.log)[-1].alignment_loss)
    assert losses[0] is not None
    assert losses[-1] is not None
    assert losses[-1] < 0.9 * losses[0]


def test_batches_have_one_source_length_and_hold_each_pair_at_most_once(work: Workplace) -> None:
    text = Text(work.arrays, 400)
    plan = Plan(batch_tokens=600, max_tokens=100, world=2)
    batches = text.batches(0, plan)
    rows = [int(row) for batch in batches for row in batch]
    assert len(rows) == len(set(rows))
    assert len(rows) > 0.9 * len(text.source_lengths)
    for batch in batches:
        source, target, _ = text.tensors(batch)
        assert len(set(text.source_lengths[batch])) == 1
        assert target.numel() <= plan.batch_tokens or len(batch) == plan.world
        assert (source != 400).all()
    assert [b.tolist() for b in batches] == [b.tolist() for b in text.batches(0, plan)]
    assert [b.tolist() for b in batches] != [b.tolist() for b in text.batches(1, plan)]


def test_fixed_widths_fill_batches_of_one_shape(work: Workplace) -> None:
    text = Text(work.arrays, 400)
    shapes: dict[int, set[tuple[int, ...]]] = {}
    for batch in text.batches(0, Plan(batch_tokens=640, max_tokens=100, fixed_widths=True)):
        width = text.width(batch)
        source, target, _ = text.tensors(batch, width)
        assert source.shape == target.shape
        shapes.setdefault(width, set()).add(tuple(source.shape))
    assert shapes
    assert all(len(kinds) == 1 for kinds in shapes.values())


def test_padding_does_not_change_the_loss(work: Workplace, recipe: Recipe) -> None:
    from training.model import Network, loss
    from training.parameters import Parameters

    parameters = Parameters(recipe.shape, 400, seed=1)
    network, text = Network.create(recipe.shape, 400), Text(work.arrays, 400)
    weights = parameters.leaves(parameters.zeros())
    batch = text.batches(0, Plan(batch_tokens=600, max_tokens=100))[0]
    values = []
    for width in (None, 128):
        source, target, _ = text.tensors(batch, width)
        with torch.no_grad():
            values.append(float(loss(network.states, 400, weights, source, target, 0.1)[0]))
    assert values[1] == pytest.approx(values[0], rel=2e-3)


def test_the_softmax_gradient_is_that_of_autograd() -> None:
    from training.model import SoftmaxLoss

    torch.manual_seed(0)
    hidden = torch.randn(40, 16).bfloat16().requires_grad_()
    emb = torch.randn(51, 16).bfloat16().float().requires_grad_()
    target = torch.randint(0, 50, (40,))
    SoftmaxLoss.apply(hidden, emb, emb[:-1].detach().bfloat16(), target, 0.1).backward()
    exact_hidden, exact_emb = hidden.detach().float().requires_grad_(), emb.detach().clone().requires_grad_()
    logits = exact_hidden @ exact_emb[:-1].T
    torch.nn.functional.cross_entropy(logits, target, label_smoothing=0.1).backward()
    for mine, exact in ((hidden.grad, exact_hidden.grad), (emb.grad, exact_emb.grad)):
        assert mine is not None
        assert exact is not None
        assert torch.allclose(mine.float(), exact, atol=0.02 * float(exact.abs().max()))


def test_a_damaged_log_is_refused(tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    log.write_text(json.dumps({"step": 1}) + "\n", encoding="utf-8")
    with pytest.raises(InputError, match="no entry of a training log"):
        read_log(log)
