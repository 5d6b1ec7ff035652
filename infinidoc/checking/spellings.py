"""Finds words that one manuscript spells in two ways: colour and color, travelled and traveled.

Knows the families in which British and American spelling differ, and counts. Names and
foreign words are not its business, nor which spelling is the better one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from infinidoc.checking.finding import Inconsistency
from infinidoc.retrieval.page_sentences import Sentence
from infinidoc.text.phrases import times

_WORD = re.compile(r"(?<![\w'’-])[a-z]{3,}(?![\w'’-])")
# Patterns in whose second group the two spellings of one word differ.
_FAMILIES = [
    re.compile(pattern)
    for pattern in (
        r"((?:dis|un|mis)?(?:arm|behavi|cand|clam|col|demean|endeav|fav|ferv|flav|harb|hon|hum|lab"
        r"|neighb|od|parl|ranc|rum|sav|splend|tum|val|vap|vig)o)(u?)(r(?:s|ed|ing|er|ers|less|ful"
        r"|fully|able|ably|ite|ites|hood|hoods|ly|y)?)",
        r"(cent|fib|lit|lust|sab|sepulch|somb|spect|theat|calib|meag)(er|re)((?:s|d|ed)?)",
        r"([a-z]{3,}i)([sz])(e|es|ed|ing|er|ers|ation|ations)",
        r"(cancel|counsel|dial|fuel|jewel|label|level|marvel|model|quarrel|signal|travel|tunnel"
        r"|worship|kidnap)([lp]?)(ed|ing|er|ers|ous)",
        r"((?:def|off|pret)en)([cs])(e(?:s|less)?)",
        r"((?:judg|acknowledg))(e?)(ments?)",
        r"(gr)([ae])(y|ys|yish|yness)",
        r"(s)([ck])(eptic(?:s|al|ism)?)",
        r"(s?mo)(u?)(ld(?:s|y|ed|er|ering)?)",
    )
]


class Spellings:
    """How often each spelling of a word was met, and where first."""

    def __init__(self) -> None:
        self._seen: dict[str, dict[str, tuple[int, Sentence]]] = {}

    def read(self, sentence: Sentence) -> None:
        for word in _WORD.findall(sentence.text):
            key = _family(word)
            if key is not None:
                forms = self._seen.setdefault(key, {})
                count, place = forms.get(word, (0, sentence))
                forms[word] = (count + 1, place)

    def findings(self) -> Iterator[Inconsistency]:
        for forms in self._seen.values():
            if len(forms) < 2:
                continue
            often, rare = sorted(forms, key=lambda form: -forms[form][0])[:2]
            (many, one), (few, two) = forms[often], forms[rare]
            first, second = sorted((one, two), key=lambda sentence: sentence.start)
            about = f"{often} ({times(many)}) or {rare} ({times(few)})"
            yield Inconsistency("spelling", about, first, second, 0.95)


@lru_cache(1 << 16)
def _family(word: str) -> str | None:
    """What both spellings of the word have in common; None if it has but one."""
    for pattern in _FAMILIES:
        match = pattern.fullmatch(word)
        if match:
            return f"{match[1]}*{match[3]}"
    return None
