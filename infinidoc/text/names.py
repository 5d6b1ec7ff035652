"""The names a text is written with: words with a capital, and codes such as "B7".

Knows strings, capitals and a few English words. A word that begins a sentence may be a name
or not; titles of persons, months of dates and words for numbers are none.
"""

from __future__ import annotations

import re

from infinidoc.text.dates import dates
from infinidoc.text.folding import even, fold
from infinidoc.text.languages import STOP_WORDS
from infinidoc.text.numbers import CARDINALS, ORDINALS, SCALES
from infinidoc.text.sentences import sentence_spans

TITLES = frozenset(
    """
    mr mrs ms miss dr doctor prof professor st saint rev reverend hon sir lady lord madam master
    mister capt captain col colonel maj major gen general lt lieutenant sgt sergeant cmdr commander
    corporal admiral inspector king queen prince princess count countess uncle aunt cllr councillor
    father mother brother sister jr sr mme mlle monsieur madame mademoiselle signor signora
    president
    """.split()
)
_WORD = re.compile(r"[^\W_](?:[^\W_]|['&_./-](?=[^\W_]))*")
_OPENERS = frozenset(  # that often begin a sentence and are no stop words
    """
    yesterday today tomorrow nobody everybody somebody nothing everything something perhaps maybe
    however therefore although whether during since yes no ever never always often still even once
    because despite instead though unless none both either neither each every many much few several
    another others probably finally please question answer according based given
    """.split()
)
_NUMERALS = frozenset([*CARDINALS, *ORDINALS, *SCALES])


def names_in(text: str) -> list[str]:
    """Words with a capital that begin no sentence, and codes; possessives without their "'s"."""
    return [word for word, begins in capitals(text) if not begins]


def capitals(text: str) -> list[tuple[str, bool]]:
    """Every word that may be a name, and whether it begins a sentence, where any word may."""
    evened = even.spans(text)
    begins = {_first(text, span.start) for span in sentence_spans(text)}
    months = [(low, high) for _, low, high in dates(text)]
    found = []
    for match in _WORD.finditer(evened.text):
        low = evened.span(*match.span())[0]
        word = match[0].removesuffix("'s")
        if _may_name(word) and not any(a <= low < b for a, b in months):
            found.append((word, low in begins))
    return [(word, begin) for word, begin in found if not (begin and _is_common(word))]


def name_words(word: str) -> list[str]:
    """The folded words of which a name or a text is made: "Mont-Blanc" has two."""
    found = " ".join(_WORD.findall(fold(word)))
    return [part.removesuffix("'s") for part in re.split(r"[\s./&_-]+", found) if part]


def is_title(word: str) -> bool:
    """Whether a word goes before a person's name and is no part of it: "Captain", "Mr."."""
    return fold(word.removesuffix(".")) in TITLES


def _first(text: str, start: int) -> int:
    match = re.search(r"\w", text[start:])
    return start + match.start() if match else start


def _may_name(word: str) -> bool:
    if is_title(word) or fold(word) in _NUMERALS or word.isdigit():
        return False
    code = any(map(str.isdigit, word)) and any(map(str.isalpha, word)) and not _is_measure(word)
    return code or (word[0].isupper() and len(word) > 1 and not word.startswith("I'"))


def _is_measure(word: str) -> bool:
    """Whether it begins with a figure that is read as a number: "21st", "3bn", "9-inch"."""
    return word[0].isdigit() and word.rstrip("abcdefghijklmnopqrstuvwxyz-") != word


def _is_common(word: str) -> bool:
    """Whether a word begins sentences as any word does."""
    folded = fold(word)
    return folded in STOP_WORDS["en"] or folded in _OPENERS or folded.endswith("ly") or "'" in word
