"""Strings, and one of each: what every other room uses to read and compare words.

`folding` makes letters that are the same compare as the same, with the way back to the text;
`sentences` cuts, with offsets; `numbers` and `dates` read values; `words` knows stop words and
stems; `names` finds what is written as a name; `languages` tells the language, as the English
rules run on English only. `similarity` and `overlap` compare texts, `agreement` compares values,
`grounding` holds a claim against passages. `passages` and `page_sentences` cut pages; `titles`
keeps the chapters of a page; `secrets` finds likely keys. No model, no file and no store here.
"""

from infinidoc.text.folding import Folded, Folding, even, fold, letters, words_in

__all__ = ["Folded", "Folding", "even", "fold", "letters", "words_in"]
