"""Letters that are the same, found as the same: how strings are folded to be compared."""

from infinidoc.text.folding import Folded, Folding, even, fold, letters, words_in

__all__ = ["Folded", "Folding", "even", "fold", "letters", "words_in"]
