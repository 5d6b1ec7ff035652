"""Answers what single passages cannot: by going through the whole text of a document.

Counts and places come from the text itself; where wording must be read, the model reads
one passage after another, up to a stated number. Every answer says how much was examined,
and nothing after the page that may be known is counted, listed or shown.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from infinidoc.answering.query import Query
from infinidoc.retrieval.evidence import Evidence, evidence_of
from infinidoc.retrieval.mentions import Mention, find_mentions, forms_in_words, pattern_of
from infinidoc.retrieval.proper_names import Name, names_in
from infinidoc.store import Store
from infinidoc.sweeping import structure
from infinidoc.sweeping.assembled import (
    OneDocumentAnswer,
    amount,
    cited,
    joined,
    places_in_words,
    shortened,
    times,
)
from infinidoc.sweeping.noun_phrases import same_thing, thing_of
from infinidoc.sweeping.question_kinds import QuestionKind, is_clause, short_name
from infinidoc.sweeping.symbols import is_known
from infinidoc.text import fold
from infinidoc.text.agreement import said_before, values
from infinidoc.text.support import supported

READ = 16  # passages the model reads for one question: about a second each on a laptop
SHOWN = 24  # pieces of evidence given with a count
NAMES = 24  # names listed
LISTED = 60  # things listed
HALF = 0.5  # the confidence of findings that were not understood, only found


class Sweep(OneDocumentAnswer):
    """One question of a kind, to one document."""

    def __init__(self, query: Query, kind: QuestionKind) -> None:
        super().__init__(query, kind)
        known = self.store.pages_light(self.document["id"])
        self.pages = [page for page in known if self.last is None or page["number"] <= self.last]
        self.examined["pages"] = len(self.pages)

    def _tell(self) -> Iterator[str]:
        tellers: dict[tuple[str, str], Callable[[], Iterator[str]]] = {
            ("count", "structure"): self._structure,
            ("count", "mentions"): self._count,
            ("count", "things"): self._count_things,
            ("count", "people"): self._people,
            ("list", "structure"): self._contents,
            ("list", "things"): self._list,
            ("first", "mentions"): self._end,
            ("last", "mentions"): self._end,
            ("first", "things"): self._event,
            ("last", "things"): self._event,
            ("who", "mentions"): self._who,
            ("who", "people"): self._people,
        }
        yield from tellers[self.asked.name, self.asked.of]()

    # -- what the library knows ------------------------------------------------------------

    def _structure(self) -> Iterator[str]:
        """How many pages, chapters, files, words."""
        noun = self.asked.subject
        if noun in ("words", "lines"):
            said = f"{structure.words_or_lines(noun, self._texts()):,} {noun}"
        else:
            said = structure.counted(noun, self.pages, self.document["kind"]) or ""
        if said:
            self.found, self.confidence = True, 1.0
            border = f" up to page {self._label(self.pages[-1])}" if self.last else ""
            yield f"{said}{border}."

    def _contents(self) -> Iterator[str]:
        """The chapters or files with the pages where they begin."""
        parts = structure.parts_of(self.asked.subject, self.pages)
        for page in parts:
            self.found, self.confidence = True, 1.0
            place = "" if page["path"] else f" [page {self._label(page)}]"
            yield f"{structure.title_of(page)}{place}\n"
        if parts:
            yield f"({amount(len(parts), self.asked.subject[:-1])}; {self._searched()})"

    # -- what is written -------------------------------------------------------------------

    def _mentions(self, subject: str) -> Iterator[Mention]:
        return find_mentions(self._texts(), pattern_of(subject), self.document["name"])

    def _texts(self) -> Iterator[dict[str, Any]]:
        """The pages that may be known, with their text, one at a time."""
        total = self.store.count_passages(self.document["id"], self.last)
        self.examined.update(passages=total, of=total)
        return self.store.pages(self.document["id"], self.last)

    def _count(self) -> Iterator[str]:
        """How often the words are written, where, and in which forms."""
        places: dict[tuple[int, int | None], Evidence] = {}
        forms: list[str] = []
        for mention in self._mentions(self.asked.subject):
            forms.append(mention.form)
            places.setdefault((mention.evidence.page, mention.evidence.line), mention.evidence)
        if forms:
            self.found, self.confidence = True, 1.0
            self.evidence = list(places.values())[:SHOWN]
            where = places_in_words(list(places.values()), len(self.pages))
            said = f"{times(len(forms)).capitalize()}, {where} ({self._searched()})."
            yield f"{said} Counted: {forms_in_words(forms)}."

    def _count_things(self) -> Iterator[str]:
        """A number the text gives, and how often the word is written."""
        given = self._numbers()
        counted = "".join(self._count())
        self.confidence = HALF
        if given is not None:
            self.found, self.evidence = True, [given[1], *self.evidence]
            yield f"{given[0]} {cited(given[1])}. "
        if counted:
            yield f'The word "{self.asked.subject}" is written {counted[0].lower()}{counted[1:]}'

    def _numbers(self) -> tuple[str, Evidence] | None:
        """What the model answers, if that is a number that stands in its passages."""
        answering = self._read(self.document, self.question)
        answer = answering.text.strip().rstrip(".")
        if not answering.finish()["found"] or not values(answer):
            return None
        holds = [p for p in answering.evidence if values(answer) <= values(p.text)]
        return (answer, holds[0]) if holds else None

    def _end(self) -> Iterator[str]:
        """The first or the last place where the words are written."""
        found: Mention | None = None
        for mention in self._mentions(self.asked.subject):
            found = mention
            if self.asked.name == "first":
                self._stopped_at(mention.evidence.page)
                break
        if found is not None:
            self.found, self.confidence, self.evidence = True, 1.0, [found.evidence]
            where = found.evidence.where()
            yield f"{where[0].upper()}{where[1:]}: {shortened(found.evidence.text)} "
            yield f"({self._searched()})"

    def _stopped_at(self, page: int) -> None:
        passages = self.store.count_passages(self.document["id"], page)
        pages = sum(row["number"] <= page for row in self.pages)
        self.examined.update(passages=passages, pages=pages)

    def _people(self) -> Iterator[str]:
        """The names that act or speak as people do, then the other names."""
        names = names_in(self._texts(), self.document["name"])
        people = [name for name in names if name.person > 0]
        others = [name for name in names if name.person <= 0]
        if self.asked.subject == "names":
            people, others = names, []
        if not names:
            return
        self.found, self.confidence = True, HALF
        if self.asked.name == "count":
            yield f"{amount(len(people), 'name')} of people, by their wording:\n"
        kept = sorted(people, key=lambda name: -name.count)[:NAMES]
        for name in [name for name in people if name in kept]:
            yield self._named(name)
        if len(people) > len(kept):
            yield f"and {len(people) - len(kept)} more that are written less often\n"
        if others:
            most = sorted(others, key=lambda name: -name.count)[:NAMES]
            yield f"Other names: {joined([name.words for name in most], NAMES)}.\n"
        yield f"({self._searched()})"

    def _named(self, name: Name) -> str:
        assert name.first is not None
        self.evidence.append(name.first)
        where = cited(name.first)
        return f"{name.words}, {times(name.count)}, first: {shortened(name.first.text)} {where}\n"

    # -- what must be read -----------------------------------------------------------------

    def _candidates(self, words: str) -> list[Evidence]:
        """The passages to be read: all that hold the words, or the best of too many."""
        rows = self.store.matching(self.document["id"], words, self.last)
        rows = rows or self.store.matching(self.document["id"], words.split()[0], self.last)
        best = sorted(rows, key=lambda row: -row["score"])[:READ]
        kept = sorted(best, key=lambda row: row["start"])
        self.examined.update(passages=len(kept), of=len(rows))
        return [evidence_of(row, self.document, row["score"]) for row in kept]

    def _list(self) -> Iterator[str]:
        """The things as they are named; where there is more to a thing, as the model reads."""
        yield from self._things()
        if not self.found:
            yield from self._readings()

    def _things(self) -> Iterator[str]:
        """Each thing once, with the place of its first mention."""
        *others, head = self.asked.subject.split()
        if len(others) > 2 or is_clause(self.asked.subject):
            return
        told: set[str] = set()
        forms: list[str] = []
        for mention in self._mentions(head):
            quoted = mention.evidence
            if quoted.text.startswith("#"):  # a heading
                continue
            if not all(pattern_of(word).search(fold(quoted.text)) for word in others):
                continue
            forms.append(mention.form)
            thing = thing_of(mention)
            if thing is None or same_thing(thing, head) in told:
                continue
            told.add(same_thing(thing, head))
            self.evidence.append(quoted)
            self.found, self.confidence = True, HALF
            if len(told) <= LISTED:
                yield f"{shortened(thing)} {cited(quoted)}\n"
        if len(told) > LISTED:
            yield f"and {len(told) - LISTED} more\n"
        if told:
            yield f"({forms_in_words(forms)} as written; {self._searched()})"

    def _readings(self) -> Iterator[str]:
        """One answer after another, each with its place; what was said before is left out."""
        told: list[str] = []
        for passage in self._candidates(self.asked.subject):
            reading = self._read(self.document, self.question, [passage]).finish()
            answer = reading["answer"].rstrip(". ")
            stands = reading["found"] and supported(answer, [passage.text]).share == 1.0
            if not stands or said_before(answer, told):
                continue
            told.append(answer)
            self.evidence.append(passage)
            self.found = True
            self.confidence = max(self.confidence, min(reading["confidence"], 0.9))
            yield f"{answer} {cited(passage)}\n"
        if self.found:
            yield f"({self._read_and_searched()})"

    def _event(self) -> Iterator[str]:
        """Passages in order, or from the end, until one answers the question."""
        passages = self._candidates(self.asked.subject)
        if self.asked.name == "last":
            passages.reverse()
        for number, passage in enumerate(passages, 1):
            reading = self._read(self.document, self.question, [passage]).finish()
            if reading["found"]:
                self.found, self.confidence = True, min(reading["confidence"], 0.9)
                self.evidence = [passage]
                self.examined["passages"] = number
                yield f"{reading['answer']} {cited(passage)} ({self._read_and_searched()})"
                return

    def _who(self) -> Iterator[str]:
        """Who it is by the model's reading, and where the name is written."""
        answering = self._read(self.document, self.question)
        reading = answering.finish()
        name = short_name(self.asked.subject)
        mentions = [mention.evidence for mention in self._mentions(name)]
        if not mentions:
            return
        self.found, self.confidence = True, HALF
        whole = (m.evidence for m in self._mentions(self.asked.subject))
        first = next(whole, mentions[0])
        if reading["found"]:
            self.confidence = reading["confidence"]
            self.evidence = list(answering.evidence)
            yield f"{reading['answer']} "
        self.evidence.append(first)
        where = places_in_words(mentions, len(self.pages))
        yield f'"{name}" is written {times(len(mentions))}, {where} ({self._searched()}); '
        yield f"first: {shortened(first.text)} {cited(first)}"

    # -- how much was examined, in words ---------------------------------------------------

    def _searched(self) -> str:
        pages = self.examined["pages"]
        if self.last is not None:
            return f"only pages up to page {self._label(self.pages[-1])} were searched"
        if pages < len(self.pages):
            return f"{amount(pages, 'page')} of {len(self.pages)} had to be searched"
        return "the only page was searched" if pages == 1 else f"all {pages:,} pages were searched"

    def _read_and_searched(self) -> str:
        read, of = self.examined["passages"], self.examined["of"]
        share = f"{read} of {of:,} matching passages were read"
        return f"{share}; {self._searched()}"

    @staticmethod
    def _label(page: dict[str, Any]) -> str:
        return str(page["label"] or page["number"])


def page_of(reference: str) -> str:
    """How the store calls it: a page by its number alone."""
    return reference.split()[-1] if reference.lower().startswith("page") else reference


def fits(store: Store, document: dict[str, Any], kind: QuestionKind, until: int | None) -> bool:
    """Whether the document can be asked so; if not, the question is an ordinary one."""
    pages = store.pages_light(document["id"])
    pages = [page for page in pages if until is None or page["number"] <= until]
    if not pages:
        return False
    if kind.of == "symbol":
        return is_known(kind, store, document, until)
    if kind.of == "people":
        return document["kind"] != "code"
    if kind.of == "structure" and kind.subject not in ("pages", "words", "lines"):
        return bool(structure.parts_of(kind.subject, pages))
    if kind.borders is not None:
        return all(_exists(store, document["id"], page_of(border)) for border in kind.borders)
    return True


def _exists(store: Store, document: int, reference: str) -> bool:
    from infinidoc.errors import NotFound

    try:
        store.find_page(document, reference)
    except NotFound:
        return False
    return True
