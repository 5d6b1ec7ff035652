"""The loss of a batch: how badly the model predicts the answers it should give."""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional

from infinidoc.model.decoder import Decoder
from infinidoc.model.kv_cache import KVCache
from infinidoc.training.items import Batch


def answer_loss(decoder: Decoder, batch: Batch, window: KVCache | None = None) -> Tensor:
    """Cross entropy of the answer tokens, weighted as the batch says; a scalar.

    `window` holds what every item sees before its prompt; the memory it was opened with is
    read. The head is computed where an answer is predicted, nowhere else.
    """
    window = window or KVCache(decoder.shape.depth)
    hidden = decoder.ask(batch.ids, window.opened, window, batch.layout)
    logits = decoder.logits(hidden[batch.rows, batch.columns]).float()
    losses = functional.cross_entropy(logits, batch.targets, reduction="none")
    return (losses * batch.weights).sum()
