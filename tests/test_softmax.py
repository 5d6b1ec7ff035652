"""Softmax attention is the same whichever way it is computed."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from infinidoc.model.softmax import attend, attend_with_mass

SIZE, HEADS, SHARED = 8, 6, 2


def parts(*leading: int, length: int, seen: int) -> tuple[Tensor, Tensor, Tensor]:
    torch.manual_seed(0)
    queries = torch.randn(*leading, HEADS, length, SIZE)
    keys, values = (torch.randn(*leading, SHARED, seen, SIZE) for _ in range(2))
    return queries, keys, values


def truth(queries: Tensor, keys: Tensor, values: Tensor, mask: Tensor, scale: float) -> Tensor:
    keys, values = (x.repeat_interleave(HEADS // SHARED, -3) for x in (keys, values))
    scores = (queries @ keys.transpose(-1, -2)) * scale
    return torch.softmax(scores.masked_fill(~mask, -torch.inf), -1) @ values


def looks_back(length: int, seen: int) -> Tensor:
    return torch.ones(length, seen, dtype=torch.bool).tril(seen - length)


@pytest.mark.parametrize("kind", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("leading", [(1,), (3,), (2, 3)])
@pytest.mark.parametrize(("length", "seen"), [(1, 40), (7, 40), (100, 140)])
def test_it_is_the_textbook_formula(
    kind: torch.dtype, leading: tuple[int, ...], length: int, seen: int
) -> None:
    queries, keys, values = parts(*leading, length=length, seen=seen)
    mask = looks_back(length, seen)
    found = attend(queries, keys, values, mask, scale=0.3, kind=kind)
    near = 1e-5 if kind == torch.float32 else 0.03
    assert found.dtype == torch.float32
    torch.testing.assert_close(found, truth(queries, keys, values, mask, 0.3), atol=near, rtol=near)


@pytest.mark.parametrize("kind", [torch.float32, torch.bfloat16])
def test_without_a_mask_it_is_causal(kind: torch.dtype) -> None:
    queries, keys, values = parts(2, length=90, seen=90)
    found = attend(queries, keys, values, None, scale=0.3, kind=kind)
    mask = looks_back(90, 90)
    torch.testing.assert_close(found, truth(queries, keys, values, mask, 0.3), atol=0.03, rtol=0.03)


def test_a_mask_may_differ_for_each_of_a_batch() -> None:
    queries, keys, values = parts(2, length=80, seen=100)
    mask = torch.rand(2, 1, 80, 100) > 0.5
    found = attend(queries, keys, values, mask, scale=0.3, kind=torch.bfloat16)
    torch.testing.assert_close(found, truth(queries, keys, values, mask, 0.3), atol=0.03, rtol=0.03)


@pytest.mark.parametrize("kind", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("length", [1, 7, 100])
def test_the_mass_is_the_logarithm_of_all_exponentials(kind: torch.dtype, length: int) -> None:
    queries, keys, values = parts(2, length=length, seen=140)
    mask = looks_back(length, 140)
    out, mass = attend_with_mass(queries, keys, values, mask, scale=0.3, kind=kind)
    scores = queries @ keys.repeat_interleave(HEADS // SHARED, -3).transpose(-1, -2) * 0.3
    expected = scores.masked_fill(~mask, -torch.inf).logsumexp(-1)
    near = 1e-5 if kind == torch.float32 else 0.03
    torch.testing.assert_close(mass, expected, atol=near, rtol=near)
    torch.testing.assert_close(out, truth(queries, keys, values, mask, 0.3), atol=near, rtol=near)


def test_outputs_and_masses_can_be_learned_through() -> None:
    """The fused kernel's gradients are those of the textbook formula, to numerical error."""
    torch.manual_seed(0)
    parts_of = [torch.randn(1, 2, n, SIZE, dtype=torch.float64) for n in (5, 9, 9)]
    mask = looks_back(5, 9)

    def both(q: Tensor, k: Tensor, v: Tensor) -> tuple[Tensor, Tensor]:
        return attend_with_mass(q, k, v, mask, scale=0.3, kind=torch.float64)

    leaves = [part.requires_grad_(True) for part in parts_of]
    assert torch.autograd.gradcheck(both, leaves)


def test_what_is_narrow_can_be_learned_through() -> None:
    queries, keys, values = parts(1, length=80, seen=80)
    gradients = []
    for kind in (torch.float32, torch.bfloat16):
        leaf = queries.clone().requires_grad_(True)
        attend(leaf, keys, values, None, scale=0.3, kind=kind).square().sum().backward()
        gradients.append(leaf.grad)
    torch.testing.assert_close(gradients[1], gradients[0], atol=0.05, rtol=0.05)
