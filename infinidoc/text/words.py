"""The words of a text: those that mean something on their own, their stems, their forms."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import Any

from infinidoc.text.folding import fold, words_in
from infinidoc.text.languages import STOP_WORDS

_STEMMED = {
    "en": "english", "de": "german", "fr": "french", "es": "spanish", "it": "italian",
    "pt": "portuguese", "nl": "dutch", "ru": "russian",
}  # fmt: skip


def words(text: str) -> list[str]:
    """The words in it, each once, folded."""
    return list(dict.fromkeys(words_in(fold(text))))


def content_words(text: str, language: str = "en") -> list[str]:
    """The words that mean something on their own, each once, folded.

    A lone Latin letter means nothing; a digit ("rule 7") or an ideograph does.
    """
    stop = STOP_WORDS.get(language, frozenset())
    found = (word for word in words(text) if word not in stop)
    return [w for w in found if len(w) > 1 or not (w.isascii() and w.isalpha())]


@lru_cache(maxsize=1 << 16)
def stem(word: str, language: str = "en") -> str:
    """A word without its endings, folded (Snowball); as it is where no stemmer is known."""
    word = fold(word).removesuffix("'s")
    return str(_stemmer(language).stemWord(word)) if language in _STEMMED else word


@cache
def _stemmer(language: str) -> Any:
    import snowballstemmer

    return snowballstemmer.stemmer(_STEMMED[language])


def stems(text: str, language: str = "en") -> set[str]:
    """The stems of its content words; of all its words if it has none ("to be or not")."""
    return content_stems(text, language) or {stem(word, language) for word in words(text)}


def content_stems(text: str, language: str = "en") -> set[str]:
    """The stems of its content words; it may have none."""
    return {stem(word, language) for word in content_words(text, language)}


def forms_of(word: str) -> list[str]:
    """An English word folded, its singular and plural, longest first; no possessives."""
    word = re.sub(r"'s?$", "", word) or word
    singular = word
    if re.search(r"[^\Waeiou\d_]ies$", word):
        singular = word[:-3] + "y"
    elif re.search(r"(?:ss|x|ch|sh)es$", word):
        singular = word[:-2]
    elif re.search(r"[^\Wsiu\d_]s$", word) and len(word) > 3:
        singular = word[:-1]
    found = {word, singular}
    if re.search(r"[^\Waeiou\d_]y$", singular):
        found.add(singular[:-1] + "ies")
    elif re.search(r"(?:s|x|ch|sh)$", singular):
        found.add(singular + "es")
    elif re.search(r"[^\W\d_]$", singular):
        found.add(singular + "s")
    return sorted(found, key=lambda form: (-len(form), form))
