"""Layers whose weights come from a file.

PyTorch's own draw random weights first, which takes longer than reading them, and on the meta
device imports its compiler: two seconds of a cold start.
"""

from __future__ import annotations

from torch import nn


class UndrawnLinear(nn.Linear):
    """A matrix of whatever weights its memory held."""

    def reset_parameters(self) -> None:
        """Leave the weights as they are."""


class UndrawnEmbedding(nn.Embedding):
    """A table of whatever vectors its memory held."""

    def reset_parameters(self) -> None:
        """Leave the vectors as they are."""
