"""Strings, and one of each: what every other room uses to read and compare words.

`folding` makes letters that are the same compare as the same, with the way back to the text;
`sentences` cuts, with offsets; `numbers` and `dates` read values, `references` the numbers of
sections and versions; `words` knows stop words and stems; `names` finds what is written as a name,
in a text or by the vocabulary of a document, and compares names; `languages` tells the language, as
the English rules run on English only. `similarity` compares texts; `passages` cuts them, `lines`
says where their lines begin; `titles` keeps the chapters of a page; `phrases` writes amounts and
lists. No model, file or store here.
"""

from infinidoc.text.folding import Folded, Folding, even, fold, letters, words_in

__all__ = ["Folded", "Folding", "even", "fold", "letters", "words_in"]
