"""Questions to code that name what they ask for: a kind of definitions, what is derived from a
type, what imports a module, what a constant is set to.

Knows strings only. The words of a programming language are few and fixed, so patterns tell them;
what is asked by other words is told by the classifier (`question_kinds`).
"""

from __future__ import annotations

import re

from infinidoc.definition_kinds import DERIVED, IMPLEMENTED, NOUNS, TEST
from infinidoc.questions.question_kinds import QuestionKind
from infinidoc.text.languages import STOP_WORDS

DEFINITIONS = "definitions"
IMPORTS = "imports"  # the aspect of "used"
ALIKE = "like "  # before the word that names of definitions are to have
LIKE = 3  # letters of such a word
DESCRIPTION = "description"  # what the whole says it is
BY_DEFAULT = "by default"  # the aspect of "value"
_MARKS = "`\"'()"


def plural(noun: str) -> str:
    """Of a noun of code: "class" is "classes"."""
    return f"{noun}es" if noun.endswith("s") else re.sub("y$", "ie", noun) + "s"


_PLURALS = {plural(noun): noun for noun in (*NOUNS, TEST, "table", "view")} | {
    f"{TEST} cases": TEST,
    f"unit {TEST}s": TEST,
}
_HOW = r"(?:please )?(?P<how>how many|list|show|enumerate|name|give|tell|what|which)\b(?: me| us)?"
_LISTED = re.compile(
    rf"{_HOW}(?: (?:are|is|all|each|every|the|of|a|list|(?P<word>public|private|exported|abstract|"
    rf"static|async)))* (?:(?P<like>[a-z]+) (?=(?:class|enum|function|interface|struct)))?"
    rf"(?P<noun>{'|'.join(_PLURALS)})\b(?P<tail>[^?]*)[?.! ]*",
    re.I,
)
_TAIL = STOP_WORDS["en"] | set(  # what may stand behind the noun and names nothing
    """
    available class code contain contains crate declare declared declares define defined defines
    document exist exists file folder implement implemented implements interface library module
    offer offered offers package program project provide provided provides repository struct trait
    """.split()
)
_DERIVED = re.compile(
    rf"{_HOW} (?:(?:are|all|of|the|other|[\w-]+) ){{0,3}}?"
    r"(?P<verb>(?:that |which )?(?:(?:are |is )?derive[sd]? from|extend(?:s|ing)?|"
    r"inherit(?:s|ing)?(?: from)?|subclass(?:es)?(?: of)?|implement(?:s|ing)?)) "
    r"(?P<name>\S+?)[?.! ]*",
    re.I,
)
_IMPORTED = re.compile(
    r"(?:(?:where )?is (?P<name>\S+)|(?:what|which|who|list|where)\b[^?]*?) "
    r"(?P<verb>import(?:s|ed)?|require[sd]?|includes?|source[sd]?)(?: by)?"
    r"(?: (?P<object>[^\s?]+))?[?.! ]*",
    re.I,
)
_VALUE = re.compile(
    r"(?:what|which) (?:is|are) (?:the )?(?:(?:default )?values? of |default of |definition of )?"
    r"(?:the )?(?:constant )?(?P<name>[\w$.:`]+?)(?: (?:set to|equal to|by default))?[?.! ]*",
    re.I,
)
_MARKED = re.compile(r"\w_\w|[a-z0-9][A-Z]|^_\w|^[A-Z][A-Z0-9]+$")  # a name of code by its letters
_TESTED = re.compile(
    r"(?:which|what|where|list|show|how)\b(?: \w+)*? tests? (?:\w+ )??(?:cover|test|exercise|check|"
    r"use|call|verif(?:y|ie))(?:s|ing)? (?:the )?(?:class |function |method )?(?P<name>\S+?)"
    r"(?: option| flag| function| class| method)?[?.! ]*|"
    r"(?:where|how) is (?:the )?(?P<object>\S+) tested[?.! ]*",
    re.I,
)
_PURPOSE = re.compile(
    r"what(?: is|'s| does) (?:(?:the|this) (?:project|repository|repo|package|library|tool|program|"
    r"application|app|codebase|software)|(?P<name>[\w.-]+?))(?: (?:do|for|about|used for))?[?.! ]*",
    re.I,
)
_RAISED = re.compile(r"\b(?:raise|throw)(s?)\b", re.I)


def definitions_listed(text: str) -> QuestionKind | None:
    """A list or a count of what is defined, in the whole or in something that is named."""
    if derived := _derived(text):
        return derived
    found = _LISTED.fullmatch(text)
    tail = re.findall(r"[^\s,]+", found["tail"]) if found else []
    names = [word for word in tail if word.lower() not in _TAIL]
    if found is None or len(names) > 1 or (names and names == tail[:1]):  # "which functions read"
        return None
    noun = _PLURALS[found["noun"].lower()]
    if found["like"] and len(found["like"]) < LIKE:
        return None
    done = any(word.lower().startswith("implement") for word in tail)
    if done and names and noun in ("trait", "interface"):
        noun = IMPLEMENTED
    owner, word = names[0].strip(_MARKS) if names else "", (found["word"] or "").lower()
    written = word.removesuffix("ed")  # what is exported is written behind "export"
    written = f"{ALIKE}{found['like'].lower().rstrip('s')}" if found["like"] else written
    return QuestionKind(_count_or_list(found), noun, DEFINITIONS, owner, written)


def _derived(text: str) -> QuestionKind | None:
    """The types that extend or implement one that is named."""
    found = _DERIVED.fullmatch(text)
    name = found["name"].strip(_MARKS) if found else ""
    if found is None or not name or name.lower() in STOP_WORDS["en"]:
        return None
    return QuestionKind(_count_or_list(found), DERIVED, DEFINITIONS, name)


def _count_or_list(found: re.Match[str]) -> str:
    return "count" if found["how"].lower() == "how many" else "list"


def imports_asked(text: str) -> QuestionKind | None:
    """What imports something that is named: a module, a file, or what it defines."""
    found = _IMPORTED.fullmatch(text)
    name = (found["object"] or found["name"] or "").strip(_MARKS) if found else ""
    if not name or name.lower() in STOP_WORDS["en"]:
        return None
    return QuestionKind("used", name, "symbol", aspect=IMPORTS)


def value_asked(text: str) -> QuestionKind | None:
    """What a constant is set to that is named as code names it."""
    found = _VALUE.fullmatch(text)
    name = re.split(r"\.|::", found["name"].strip(_MARKS))[-1] if found else ""
    aspect = BY_DEFAULT if re.search(r"\bdefault\b", text, re.I) else ""
    known = _MARKED.search(name)
    return QuestionKind("value", name, "symbol", aspect=aspect) if known else None


def tests_asked(text: str) -> QuestionKind | None:
    """Which tests have to do with something that is named."""
    found = _TESTED.fullmatch(text)
    name = (found["name"] or found["object"]).strip(_MARKS) if found else ""
    if not name or name.lower() in STOP_WORDS["en"]:
        return None
    return QuestionKind("used", name, "symbol", aspect=TEST)


def purpose_asked(text: str) -> QuestionKind | None:
    """What the whole is for, by a word for it or by its name."""
    found = _PURPOSE.fullmatch(text)
    return QuestionKind("stated", DESCRIPTION, "symbol", found["name"] or "") if found else None


def as_returned(text: str) -> str | None:
    """A question for what is raised or thrown, as it would be asked for what is returned."""
    asked, times = _RAISED.subn(r"return\1", text, count=1)
    return asked if times else None
