"""The language of a text, and its words that carry no meaning of their own.

The one list of stop words and of negations, folded. A language is known by its stop words, a
script of its own by its letters; what shows neither is taken for English.
"""

from __future__ import annotations

import re
from collections import Counter
from functools import lru_cache

from infinidoc.text.folding import fold, words_in

_STOP = {
    "en": """
        a about after all also am an and any are around as at be because been before being but by
        can could did do does down for from had has have he her here hers him his how i if in into
        is it its just may me might more most my no not now of off on or our out over own shall she
        should so some such than that the their them then there these they this those through to
        too under until up upon us very was we were what when where which while who whom whose why
        will with would yet you your""",
    "de": """
        aber als am an auch auf aus bei bis das dass dem den der des die durch ein eine einem einen
        einer eines er es fur hat haben hatte ich ihr im in ist ja kann kein keine man mit nach
        nicht noch nun nur oder sein sich sie sind so uber um und uns unter vom von vor war waren
        was wenn wer werden wie wieder wir wird wurde zu zum zur""",
    "fr": """
        a au aux avec ce cette ces dans de des du elle elles en est et etait ete etre eux il ils
        je la le les leur lui ma mais meme mes mon ne nos notre nous on ont ou par pas plus pour
        qu que qui sa sans se ses son sont sur ta te tu un une vos votre vous y""",
    "es": """
        al algo ante aquel con como cuando de del desde donde el el ella ellos en entre era es esta
        esta este esto fue ha habia hasta hay la las le les lo los mas me mi muy no nos o para pero
        por porque que se ser si sin sobre son su sus tambien un una unas unos y ya yo""",
    "it": """
        al alla anche c che chi ci come con cui da dal dalla degli dei del della delle di e e era
        gli ha hanno i il in io la le lo loro ma mi nel nella non o per perche piu quella quello
        questa questo se si sono su sua sue sul suo tra un una uno""",
    "pt": """
        a ao aos as ate com como da das de dela dele do dos e e ela ele em entre era essa esse esta
        eu foi ha isso ja lhe mais mas me na nao nas no nos o os ou para pela pelo por quando que
        quem se sem ser seu sua sao tambem um uma""",
    "nl": """
        aan als bij dan dat de der deze die dit door een en er ge geen had heb heeft het hij hoe ik
        in is je kan maar met mijn naar niet nog nu of om onder ook op over te tot uit van voor
        was wat we werd wij wordt ze zich zij zijn zo zou""",
}  # fmt: skip
_NO = {
    "en": "not never no none nobody nothing nowhere neither nor cannot without n't",
    "de": "nicht nie niemals kein keine keinem keinen keiner keines niemand nichts ohne weder",
    "fr": "ne n pas jamais aucun aucune rien personne ni sans",
    "es": "no nunca jamas nadie nada ningun ninguna ninguno sin ni tampoco",
    "it": "non mai nessun nessuna nessuno niente nulla ne senza",
    "pt": "nao nunca jamais nenhum nenhuma ninguem nada nem sem",
    "nl": "niet nooit geen niemand niets zonder noch",
}
# English words that stand before a noun and its adjectives.
DETERMINERS = frozenset(
    """
    the a an this that these those his her its their our my your every each another some no any
    """.split()
)
# Words that mean what was said before.
PRONOUNS = frozenset(
    """
    he she it they him her them his hers its their theirs this that these those there one ones
    such i we you
    """.split()
)
# English words that begin a question whose answer is yes or no; any question or a request.
YES_OR_NO = frozenset("is are was were am do does did has have had can could will should".split())
ASKING = YES_OR_NO | frozenset(
    """
    who whom whose what which when where why how whether would shall may might must ask tell say
    give list name show find explain describe summarize summarise compare count define write quote
    repeat remind translate let help look search wonder wondering know please
    """.split()
)
STOP_WORDS = {code: frozenset(words.split()) for code, words in _STOP.items()}
NEGATIONS = {code: frozenset(words.split()) for code, words in _NO.items()}

_ENOUGH = 2  # stop words of a language show that a text is in it
_SCRIPTS = {
    "ja": "\u3041-\u30ff", "ko": "\u1100-\u11ff\uac00-\ud7a3", "zh": "\u3400-\u9fff",
    "ru": "\u0400-\u052f", "el": "\u0370-\u03ff\u1f00-\u1fff", "ar": "\u0600-\u06ff",
    "he": "\u0590-\u05ff", "hi": "\u0900-\u097f", "th": "\u0e00-\u0e7f",
}  # fmt: skip
_LETTER = re.compile(r"[^\W\d_]")


@lru_cache(maxsize=256)
def language_of(text: str) -> str:
    """The ISO code of a text's language, or of one written in its script; "en" in doubt."""
    return _by_script(text) or _by_words(text)


def _by_script(text: str) -> str | None:
    """A language whose letters are a quarter of those of the text, and not Latin."""
    if text.isascii():
        return None
    total = len(_LETTER.findall(text)) or 1
    for code, letters in _SCRIPTS.items():
        if len(re.findall(f"[{letters}]", text)) * 4 > total:
            return code
    return None


def _by_words(text: str) -> str:
    counts = Counter(words_in(fold(text)))
    found = {
        code: sum(counts[word] for word in words if len(word) > 1)
        for code, words in STOP_WORDS.items()
    }
    best = max(found, key=lambda code: (found[code], code == "en"))
    return best if found[best] >= _ENOUGH else "en"
