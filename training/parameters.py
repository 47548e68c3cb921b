"""All weights in five stacks, so that batched products update them: fp32 masters with bf16 copies to compute with.

W: attention blocks [n, d, d] · A: first matrix of each FFN [layers, ffn, d] · B: second [layers, d, ffn] ·
emb: tied embedding [vocabulary + 1, d], the last row (padding) zero · norm: gain and bias [norms, 2, d].
"""

from collections.abc import Mapping

import torch
from torch import Tensor

from training.config import Shape

Stacks = dict[str, Tensor]

STACKS = ("W", "A", "B", "emb", "norm")


def attention_blocks(shape: Shape) -> list[tuple[str, int]]:
    """Name and number of d×d blocks of each product with W, in the order of the stack."""
    encoder = [(f"e{i}.{part}", n) for i in range(shape.encoder_layers) for part, n in (("qkv", 3), ("o", 1))]
    parts = (("qkv", 3), ("o", 1), ("q", 1), ("kv", 2), ("co", 1))
    return encoder + [(f"d{i}.{part}", n) for i in range(shape.decoder_layers) for part, n in parts]


def layer_names(shape: Shape) -> list[str]:
    return [f"e{i}" for i in range(shape.encoder_layers)] + [f"d{i}" for i in range(shape.decoder_layers)]


def norm_names(shape: Shape) -> list[str]:
    encoder = [f"e{i}.n{j}" for i in range(shape.encoder_layers) for j in (1, 2)]
    return encoder + [f"d{i}.n{j}" for i in range(shape.decoder_layers) for j in (1, 2, 3)]


class Parameters:
    """The masters of a network with `vocabulary` pieces, and their low copies on the same device."""

    def __init__(self, shape: Shape, vocabulary: int, seed: int = 0) -> None:
        self.shape, self.vocabulary = shape, vocabulary
        d, ffn, layers = shape.d_model, shape.ffn, len(layer_names(shape))
        blocks, norms = sum(n for _, n in attention_blocks(shape)), len(norm_names(shape))
        chance = torch.Generator().manual_seed(seed)
        self.master: Stacks = {
            name: _xavier(torch.empty(size), chance)
            for name, size in (("W", (blocks, d, d)), ("A", (layers, ffn, d)), ("B", (layers, d, ffn)))
        }
        self.master["emb"] = torch.randn(vocabulary + 1, d, generator=chance) * d**-0.5
        self.master["emb"][vocabulary] = 0
        self.master["norm"] = torch.stack([torch.ones(norms, d), torch.zeros(norms, d)], 1)
        self.low: Stacks = {name: stack.bfloat16() for name, stack in self.master.items()}

    @property
    def count(self) -> int:
        return sum(stack.numel() for stack in self.master.values())

    def load(self, stacks: Mapping[str, Tensor]) -> None:
        """Take over masters of the same shape, of any precision.

        Raises:
            ValueError: another shape.
        """
        for name, master in self.master.items():
            if stacks[name].shape != master.shape:
                raise ValueError(f"{name} is {list(stacks[name].shape)}, the recipe asks for {list(master.shape)}")
            master.copy_(stacks[name])
            self.low[name].copy_(master)

    def to(self, device: str) -> "Parameters":
        """Move every stack; on the CPU into memory that processes share."""
        for stacks in (self.master, self.low):
            for name, stack in stacks.items():
                stacks[name] = shared(stack) if device == "cpu" else stack.to(device)
        return self

    def zeros(self) -> Stacks:
        """Room for one process's gradients: bf16, the embedding's in fp32."""
        return {name: placed(self.master[name] if name == "emb" else low) for name, low in self.low.items()}

    def leaves(self, gradients: Stacks) -> Stacks:
        """The weights by the names that the network uses; their gradients accumulate in `gradients`.

        `emb` is the fp32 embedding, `E` its bf16 copy without the padding row (no gradient of its own).
        """
        d = self.shape.d_model
        leaves: Stacks = {}
        start = 0
        for name, n in attention_blocks(self.shape):
            block = slice(start, start + n)
            leaves[name] = _leaf(self.low["W"][block].view(n * d, d), gradients["W"][block].view(n * d, d))
            start += n
        for i, name in enumerate(layer_names(self.shape)):
            leaves[f"{name}.f1"] = _leaf(self.low["A"][i], gradients["A"][i])
            leaves[f"{name}.f2"] = _leaf(self.low["B"][i], gradients["B"][i])
        for i, name in enumerate(norm_names(self.shape)):
            leaves[f"{name}.g"] = _leaf(self.low["norm"][i, 0], gradients["norm"][i, 0])
            leaves[f"{name}.b"] = _leaf(self.low["norm"][i, 1], gradients["norm"][i, 1])
        leaves["emb"] = _leaf(self.master["emb"], gradients["emb"])
        leaves["E"] = self.low["emb"][:-1]
        return leaves


def placed(like: Tensor) -> Tensor:
    """Zeros of the same kind beside `like`: shared memory on the CPU."""
    zeros = torch.zeros_like(like)
    return shared(zeros) if zeros.device.type == "cpu" else zeros


def shared(tensor: Tensor) -> Tensor:
    """The tensor, its memory open to the processes that it is handed to."""
    return tensor.share_memory_()  # type: ignore[no-untyped-call, no-any-return]


def _leaf(weight: Tensor, gradient: Tensor) -> Tensor:
    leaf = weight.detach().requires_grad_()
    leaf.grad = gradient
    return leaf


def _xavier(stack: Tensor, chance: torch.Generator) -> Tensor:
    """Uniform with the variance of Glorot and Bengio (2010), matrix by matrix."""
    bound = (6 / (stack.shape[-1] + stack.shape[-2])) ** 0.5
    return stack.uniform_(-bound, bound, generator=chance)
