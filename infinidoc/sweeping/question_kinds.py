"""Tells from a question's wording which questions single passages cannot answer.

Knows English wordings and nothing else: no document, no model. It is cautious: whatever
does not fit one of the wordings as a whole is an ordinary question (None), because an
ordinary answer to a question of a kind is a lesser harm than the reverse.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from infinidoc.text import even


@dataclass(frozen=True)
class QuestionKind:
    """What is asked: `name` is count, list, first, last, compare, who or change; of code
    defined, used, does, returns, default, stated or named.

    `of` says of what: mentions (words as written), structure (chapters, pages, files),
    people, things (which must be read for), or a symbol (something defined in code).
    """

    name: str
    subject: str = ""
    of: str = "mentions"
    other: str = ""  # compare: the other side; stated: the name of what it is stated of
    aspect: str = ""  # compare: what of them, if the question says; default: the parameter
    borders: tuple[str, str] | None = None  # change: from where to where


STRUCTURE = "chapters|sections|headings|pages|files|parts|books|acts|scenes|words|lines"
_LISTED = "chapters|sections|headings|files|parts|acts|scenes"
PEOPLE = "characters|people|persons|protagonists|names"

_TEXT = "document|text|file|log|pdf"
_DOCUMENT = (
    rf"(?:(?:this|the|that)(?: whole| entire)? (?:{_TEXT}|book|repository|repo|project|codebase"
    "|folder|manual|report|story|novel|tale|paper|article|thesis|contract|code))"
)
_IN = rf"(?: (?:in|of|across|throughout) (?:{_DOCUMENT}|it|total|all)| here| altogether)?"
_SPOKEN = "mentioned|named|referenced|referred to|cited|talked about|spoken of"
_APPEAR = "appears?|occurs?|comes? up|shows? up"
_LOOK = "where|when|(?:on|in) (?:which|what) (?:page|chapter|section|file|line)s?"
_PLACE = r"(?:chapter|page|section|part|act|scene|book)s?"

_POLITE = re.compile(
    r"^(?:please|can you|could you|would you|tell me|show me|give me|find|i want to know)[,:]? +",
    re.I,
)
_OPENED = re.compile(r"^(?:all (?:of )?)?(?:the|a|an|any|every|each|all|both) +", re.I)
_CALLED = re.compile(r"^(?:the )?(?:word|name|term|phrase|expression)s? +", re.I)
_QUOTED = re.compile(r"^[\"'«](.+)[\"'»]$")
_NAME = re.compile(r"(?:[^\W\d_a-z][\w'-]*\.?)(?: (?:[^\W\d_a-z][\w'-]*\.?|of|de|van|von|la))*$")
_CLAUSE = re.compile(r"\b(?:that|who|which|when|if|per|each|did|does|do|was|were|is|are)\b", re.I)


def _wordings(*patterns: str) -> list[re.Pattern[str]]:
    return [re.compile(pattern, re.I) for pattern in patterns]


_MENTIONS = _wordings(
    rf"(?:count )?how (?:many times|often) (?:is|are|was|were) (?P<x>.+?) (?:{_SPOKEN}){_IN}",
    rf"(?:count )?how (?:many times|often) (?P<x>.+?) (?:is|are) (?:{_SPOKEN}){_IN}",
    rf"how many (?:mentions|occurrences) of (?P<x>.+?)(?: are there)?{_IN}",
    rf"count (?:all |the |every )*(?:mentions?|occurrences?) of (?P<x>.+?){_IN}",
)
_APPEARANCES = _wordings(
    rf"(?:count )?how (?:many times|often) (?:do|does) (?P<x>.+?) (?:{_APPEAR})(?P<in>{_IN})",
)
_MADE_OF = _wordings(
    rf"how many (?P<x>{STRUCTURE}) (?:are there|are|has {_DOCUMENT}|does (?:{_DOCUMENT}|it) "
    rf"(?:have|contain|consist of|span)){_IN}",
    rf"how many (?P<x>{STRUCTURE})(?: {_DOCUMENT} has)?",
)
_MADE_OF_LIST = _wordings(
    rf"(?:list|name|enumerate)(?: all| every)?(?: of)?(?: the)? (?P<x>{_LISTED}){_IN}",
    rf"(?:what|which) (?P<x>{_LISTED}) (?:are there|does (?:{_DOCUMENT}|it) have){_IN}",
    rf"what are (?:all )?(?:of )?the (?P<x>{_LISTED}){_IN}",
)
_CAST = _wordings(
    rf"who are (?:all )?(?:of )?the (?:main |most important |important )?(?P<x>{PEOPLE}){_IN}",
    r"who(?:'s| is) (?P<x>who)" + _IN,
    rf"who is (?P<x>mentioned|named){_IN}",
    rf"(?:list|name|enumerate) (?:all |every |each |the |all of the )*(?P<x>{PEOPLE}|person|"
    rf"character)(?: (?:mentioned|named))?{_IN}",
    rf"(?:which|what) (?P<x>{PEOPLE}) are (?:there|{_SPOKEN}){_IN}",
    rf"(?P<count>how many) (?P<x>{PEOPLE}) are (?:there|{_SPOKEN}){_IN}",
)
_THINGS = _wordings(
    rf"how many (?P<x>[\w-]+(?: [\w-]+)?) are (?:there|{_SPOKEN}){_IN}",
)
_LIST = _wordings(
    rf"(?:list|enumerate) (?:all of the|all the|all|every|each|the) (?P<x>.+?){_IN}",
    rf"name (?:all of the|all the|all|every|each) (?P<x>.+?){_IN}",
    rf"(?:a |the )?(?:complete |full )?list of (?:all |every |all the )(?P<x>.+?){_IN}",
    rf"(?:which|what) (?P<x>[\w -]+?) (?:are|is|were) (?:all )?(?:{_SPOKEN}|listed){_IN}",
    rf"(?:which|what) (?P<x>[\w -]+?) does {_DOCUMENT} (?:mention|name|list)",
    rf"what are all (?:of )?the (?P<x>.+?){_IN}",
)
_ENDS = _wordings(
    rf"(?:{_LOOK}) (?:is|are|was|were) (?P<x>.+?) (?P<end>first|last) (?:{_SPOKEN}){_IN}",
    rf"(?:{_LOOK}) (?:is|are|was|were) (?P<x>.+?) (?:{_SPOKEN}) for the (?P<end>first|last) time"
    + _IN,
    rf"(?:where|(?:on|in) (?:which|what) (?:page|chapter|section|file)) (?:does|do) (?P<x>.+?) "
    rf"(?P<end>first|last) (?:appear|occur|come up|show up){_IN}",
    rf"(?:(?:{_LOOK}|what) is )?the (?P<end>first|last) (?:mention|occurrence) of (?P<x>.+?){_IN}",
)
_EVENT = _wordings(
    r"what (?:is|was) the (?:very )?(?P<end>first|last) thing (?:that |which )?(?P<x>.+)",
)
_COMPARE = _wordings(
    r"compare (?P<x>.+?) (?:and|with|to|against) (?P<y>.+)",
    r"(?:what (?:is|are) )?the (?:main |key |biggest )?differences? between (?P<x>.+?) "
    r"and (?P<y>.+)",
    r"how (?:does|do|is|are) (?P<x>.+?) (?:differ|different) from (?P<y>.+)",
    r"how do (?P<x>.+?) and (?P<y>.+?) (?:differ|compare)",
    r"how does (?P<x>.+?) compare (?:to|with) (?P<y>.+)",
)
_WHO = _wordings(r"who(?: is| was|'s) (?P<x>.+)")
_CHANGE = _wordings(
    rf"what (?:has |have |is )?(?:changed|changes|different)"
    rf"(?: (?:about|with|for|in|to) (?P<x>.+?))? (?:between|from) (?P<a>{_PLACE} [\w.-]+) "
    rf"(?:and|to|until) (?P<b>(?:{_PLACE} )?[\w.-]+)",
    rf"how (?:does|do|did|has|have) (?P<x>.+?) changed? (?:between|from) (?P<a>{_PLACE} [\w.-]+) "
    rf"(?:and|to|until) (?P<b>(?:{_PLACE} )?[\w.-]+)",
    rf"how (?:does|do|did|has|have) (?P<x>[\w' -]+?) changed?"
    rf"(?: over time| over the course of {_DOCUMENT}| (?:in|during|throughout) {_DOCUMENT})?",
)

_SORT = "function|method|class|struct|type|interface|trait|enum|module|constant|macro"
_X = rf"(?:the )?(?:(?:{_SORT}) )?(?P<x>[`\"']?[\w$][\w$.:]*(?:\(\))?[`\"']?)(?: (?:{_SORT}))?"
_PARAMETER = "argument|parameter|option"
_NO_SYMBOL = frozenset("it this that they he she everything nothing something".split())
_FILE = r"(?:in )?(?:what|which) (?:file|module)"
_USE = r"use[sd]?|call(?:s|ed)?|import(?:s|ed)?|reference[sd]?|invoke[sd]?"
_SYMBOL = {
    "defined": _wordings(
        rf"(?:{_FILE}|where) (?:is|are) {_X} (?:defined|declared|implemented){_IN}",
        rf"{_FILE} (?:defines|declares|implements) {_X}",
        rf"where (?:is|can i find) the definition of {_X}{_IN}",
    ),
    "used": _wordings(
        rf"(?:{_FILE}s?|where) (?:is|are) {_X} (?:{_USE}){_IN}",
        rf"(?:what|who|which (?:{_SORT}|file|code|place)s?) (?:{_USE}) {_X}{_IN}",
        rf"(?:list|find) (?:all |the )*(?:uses|usages|callers|references) (?:of|to) {_X}{_IN}",
    ),
    "does": _wordings(
        rf"what does {_X} (?:do|check|compute|create|make|test|convert)",
        rf"what is {_X} (?:for|good for|used for)",
    ),
    "returns": _wordings(
        rf"what does {_X} return",
        rf"what is returned by {_X}",
        rf"what is the return value of {_X}",
    ),
    "default": _wordings(
        rf"what(?: is|'s) the default(?: value)? (?:of|for) (?:the )?(?:(?:{_PARAMETER}) )?"
        rf"[`\"']?(?P<p>[\w$]+)[`\"']?(?: (?:{_PARAMETER}))? (?:of|in|to|for) {_X}",
    ),
}
_WORK = "package|project|library|repository|repo|module|crate|program"
_STATED = _wordings(
    rf"what(?: is|'s) the (?P<x>version|licen[cs]e)(?: number)? of (?:this|the) (?:{_WORK})",
    rf"(?:what|which) (?P<x>version|licen[cs]e) (?:is|does|has) (?:this|the) (?:{_WORK})(?: have)?",
    rf"under (?:what|which) (?P<x>licen[cs]e) is (?:this|the) (?:{_WORK})(?: published| released)?",
    rf"who is the (?P<x>author) of (?:this|the) (?:{_WORK})",
    r"what(?: is|'s) the (?P<x>version|licen[cs]e)(?: number)? of (?P<n>[\w.-]+)",
    r"(?:what|which) (?P<x>licen[cs]e) does (?P<n>[\w.-]+) (?:have|use)",
    r"(?:what|which) (?P<x>version) of (?P<n>[\w.-]+) is this",
    r"under (?:what|which) (?P<x>licen[cs]e) is (?P<n>[\w.-]+)(?: published| released)?",
    r"(?:what|which) (?P<x>licen[cs]e) is (?P<n>[\w.-]+) (?:released |published )?under",
    r"(?:what|which) (?P<x>python) versions? does (?P<n>[\w.-]+) (?:need|require|support|run on)",
    r"who is the (?P<x>author) of (?P<n>[\w.-]+)",
)
_NAMED = _wordings(
    rf"(?:which|what) (?:{_SORT})s? (?P<x>(?!(?:do|does|did|is|are|was|were|can|has)\b)\w+ .+)",
)


def kind_of(question: str) -> QuestionKind | None:
    """The kind of `question`; None: an ordinary one."""
    asked = _plain(even(question))
    for recognise in (_counting, _listing, _ends, _change, _comparing, _who, _of_code):
        kind = recognise(asked)
        if kind is not None:
            return kind
    return None


def _plain(question: str) -> str:
    """One line without politeness and end marks."""
    asked = " ".join(question.split()).rstrip("?!. ")
    while _POLITE.match(asked):
        asked = _POLITE.sub("", asked, count=1)
    return asked


def _fits(patterns: list[re.Pattern[str]], asked: str) -> re.Match[str] | None:
    return next((match for p in patterns if (match := p.fullmatch(asked))), None)


def _counting(asked: str) -> QuestionKind | None:
    if match := _fits(_MADE_OF, asked):
        return QuestionKind("count", match["x"].lower(), "structure")
    if match := _fits(_MENTIONS, asked):
        return _literal("count", match["x"])
    if match := _fits(_APPEARANCES, asked):
        certain = re.search(rf"\b(?:{_TEXT})\b", match["in"], re.I) or _is_wording(match["x"])
        return _literal("count", match["x"]) if certain else None
    if match := _fits(_CAST[-1:], asked):
        return QuestionKind("count", match["x"].lower(), "people")
    if (match := _fits(_THINGS, asked)) and not _CLAUSE.search(match["x"]):
        return _literal("count", match["x"], "things")
    return None


def _listing(asked: str) -> QuestionKind | None:
    if match := _fits(_MADE_OF_LIST, asked):
        return QuestionKind("list", match["x"].lower(), "structure")
    if match := _fits(_CAST, asked):
        return QuestionKind("who", match["x"].lower(), "people")
    if match := _fits(_LIST, asked):
        return _literal("list", match["x"], "things", longest=10)
    return None


def _ends(asked: str) -> QuestionKind | None:
    if match := _fits(_ENDS, asked):
        return _literal(match["end"].lower(), match["x"])
    if match := _fits(_EVENT, asked):
        return QuestionKind(match["end"].lower(), match["x"], "things")
    return None


def _change(asked: str) -> QuestionKind | None:
    match = _fits(_CHANGE, asked)
    if match is None:
        return None
    groups = match.groupdict()
    subject = subject_of(groups["x"] or "")
    if subject.lower() in ("i", "you", "we", "it", "things", "they") and not groups.get("a"):
        return None
    if not groups.get("a"):
        return None if _CLAUSE.search(subject) else QuestionKind("change", subject, "things")
    unit, _, first = groups["a"].partition(" ")
    unit, second = unit.rstrip("s"), groups["b"]
    if " " not in second:
        second = f"{unit} {second}"
    return QuestionKind(
        "change", subject, "things", borders=(f"{unit} {first}", second.replace("s ", " "))
    )


def _comparing(asked: str) -> QuestionKind | None:
    match = _fits(_COMPARE, asked)
    if match is None:
        return None
    one, other, aspect = match["x"].strip(), match["y"].strip(), ""
    if " and " in other or _CLAUSE.search(one + " " + other):
        return None
    if one.lower().startswith("the ") and " of " in one:
        aspect, one = one[4:].split(" of ", 1)
    elif shared := re.fullmatch(r"(?:the )?(.+?)'s (.+)", other):
        other, aspect = shared[1], shared[2]  # Rook's and Isolde's age
        one = re.sub(rf"'s(?: {re.escape(aspect)})?$", "", one)
    return QuestionKind(
        "compare", subject_of(one), "things", other=subject_of(other), aspect=aspect
    )


def _who(asked: str) -> QuestionKind | None:
    match = _fits(_WHO, asked)
    if match is None or not _NAME.fullmatch(match["x"]) or re.search(r"'s\b", match["x"]):
        return None
    return QuestionKind("who", match["x"], "mentions")


def _of_code(asked: str) -> QuestionKind | None:
    """About something that code defines; whether it does, the document must say."""
    for name, wordings in _SYMBOL.items():
        if match := _fits(wordings, asked):
            symbol = symbol_in(match["x"])
            if symbol.lower() not in _NO_SYMBOL:
                return QuestionKind(name, symbol, "symbol", aspect=match.groupdict().get("p") or "")
    if match := _fits(_STATED, asked):
        what = match["x"].lower().replace("licence", "license")
        what = "requires-python" if what == "python" else what
        return QuestionKind("stated", what, "symbol", other=match.groupdict().get("n") or "")
    if match := _fits(_NAMED, asked):
        return QuestionKind("named", match["x"], "symbol")
    return None


def _literal(name: str, words: str, of: str = "mentions", longest: int = 6) -> QuestionKind | None:
    """A kind about some words; None if they are a clause rather than a name of something."""
    subject = subject_of(words)
    quoted = _is_wording(words)
    if not subject or len(subject.split()) > longest:
        return None
    if of == "mentions" and not quoted and _CLAUSE.search(subject):
        return None
    return QuestionKind(name, subject, of)


def symbol_in(words: str) -> str:
    """The name that code would define: chunk of `_.chunk()`."""
    return re.split(r"\.|::", words.strip("`\"'").removesuffix("()"))[-1]


def short_name(subject: str) -> str:
    """The last word of a proper name: Tobias Rook is mostly just Rook."""
    return subject.split()[-1] if _NAME.fullmatch(subject) else subject


def is_clause(words: str) -> bool:
    """Whether the words say something of what they name: "men who limped"."""
    return bool(_CLAUSE.search(words))


def _is_wording(words: str) -> bool:
    """Whether words as such are meant: quoted, called a word, or a proper name."""
    words = words.strip()
    return bool(_QUOTED.match(words) or _CALLED.match(words) or _NAME.fullmatch(words))


def subject_of(words: str) -> str:
    """The words without articles, quotes and "the word"."""
    subject = _CALLED.sub("", words.strip())
    if quoted := _QUOTED.match(subject):
        return quoted[1].strip()
    return _OPENED.sub("", subject).strip()
