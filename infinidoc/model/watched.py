"""Names the parts of a decoder for a profile, while somebody looks.

The methods are wrapped on the modules for the time of one call and are themselves again
afterwards: nothing of this is there when no profile is wanted, and no copy keeps it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch

from infinidoc.model.decoder import Decoder
from infinidoc.profile import Profile

ATTENTION = {
    "_attend_locally": "layers: attention",
    "_keys_values": "layers: projections",
    "_queries": "layers: projections",
    "_project": "layers: projections",
    "_write": "memory",
    "_carry": "memory",
    "_mix": "memory",
}


@contextmanager
def watched(decoder: Decoder, profile: Profile) -> Iterator[None]:
    """Within this, what `decoder` does is "layers" by parts, and "memory"."""
    if not profile.on:
        yield
        return
    if decoder.device.type == "cuda":
        profile.settle = torch.cuda.synchronize
    places = list(_places(decoder))
    for owner, method, name in places:
        setattr(owner, method, profile.timed(name, getattr(owner, method)))
    try:
        with profile.part("layers: the rest"):
            yield
    finally:
        for owner, method, _ in places:
            delattr(owner, method)


def _places(decoder: Decoder) -> Iterator[tuple[object, str, str]]:
    """(object, method, name of the part) of all that is told apart."""
    for layer in decoder._layers():
        yield layer.mlp, "forward", "layers: feed-forward"
        yield layer.input_layernorm, "forward", "layers: norms"
        yield layer.post_attention_layernorm, "forward", "layers: norms"
        for method, name in ATTENTION.items():
            yield layer.self_attn, method, name
    if decoder.selector is not None:
        yield decoder.selector, "choose", "memory"
