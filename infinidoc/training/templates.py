"""Questions by templates over texts that nobody asked about: code, manuals, novels, and
contracts, tables and logs that are made up here.

A template writes the text and its question together, or finds in a text a place whose form
tells what it answers (a default value, an option's description, who spoke). Everything
depends on the given chance alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from random import Random

from infinidoc.text.passages import cut_passages
from infinidoc.training.corpus import Corpus
from infinidoc.training.pointed import Asked, among, places_of

Made = Asked | None

_HEADING = re.compile(r"^(#{1,4}) +(.{6,70})$", re.M)
_OPTION = re.compile(r"^ *[`*]*(-{1,2}[a-zA-Z][\w-]+|[A-Z]+_[A-Z_]{3,}|\w+\(\))[`*]*(?: .{0,30})?\s*[:\n]+\s*(\S[^\n]{20,200}[.])", re.M)  # fmt: skip
_MEANING = re.compile(r"(?<=[.\n] )?(?:^|(?<=\. ))((?:An?|The) [\w -]{3,30}?|`[\w.:-]+`) (?:is|are) (an? [^.\n]{15,160})\.", re.M)  # fmt: skip
_SPEECH = re.compile(r"[\"“]([^\"”\n]{25,120})[,.!?][\"”] (?:said|cried|asked|replied|answered|exclaimed|whispered) ((?:Mr\. |Mrs\. |Miss |Dr\. |the |old )?[A-Z]?\w+(?: [A-Z]\w+)?)")  # fmt: skip
_DEFAULT = re.compile(r"def (\w+)\(([^()]*)\)")
_DEFINE = re.compile(r"^#\s*define +([A-Z]\w+) +(\"[^\"\n]+\"|\d[\w.]*)", re.M)
_RETURN = re.compile(r"^(?:static |const |struct |unsigned )*([\w ]+[ *]+)(\w+)\(([^;{}()]{4,200})\)\n\{", re.M)  # fmt: skip
_ASSIGNED = re.compile(r"^ {0,8}(?:const |let |my \$|our \$|static \w+ )?(\w{4,30}) *= *(\"[^\"\n]{2,60}\"|'[^'\n]{2,60}'|\d[\w.]*)", re.M)  # fmt: skip
_COMMENT = re.compile(r"/\*\s*\n? ?\*? ?(\w+)\(\)[,:]? ?\n?(?: \* ?)*((?:is |are |does |will |re|[a-z])[^*/]{20,200}?\.)")  # fmt: skip


class Templates:
    """Questions of every kind in turn."""

    def __init__(self, corpus: Corpus) -> None:
        self.corpus = corpus
        self.code = [row["text"] for row in corpus._rows("code")]
        self.prose = [row["text"] for row in corpus._rows("prose")]
        self.kinds: list[Callable[[Random], Made]] = [
            self.section, self.section, self.option, self.meaning, self.speech, self.default,
            self.define, self.parameters, self.assigned, self.comment,
            contract, contract, table, table, log, log,
        ]  # fmt: skip

    def ask(self, chance: Random) -> Asked:
        """One question; the passages of its text that stand nearest may be among them."""
        while True:
            made = chance.choice(self.kinds)(chance)
            if made is not None:
                return made

    def _found(
        self, texts: list[str], pattern: re.Pattern[str], chance: Random
    ) -> tuple[re.Match[str], str] | None:
        """A match of the pattern in one of the texts, and the text."""
        for _ in range(20):
            text = chance.choice(texts)
            low = chance.randrange(max(len(text) - 20_000, 1))
            part = text[low : low + 20_000]
            found = list(pattern.finditer(part))
            if found:
                return chance.choice(found), part
        return None

    def section(self, chance: Random) -> Made:
        """A heading of a manual asks for what stands below it."""
        found = self._found(self.prose, _HEADING, chance)
        if found is None:
            return None
        heading, text = found
        title = heading[2].strip(" #`*").split("{")[0].strip()
        below = text[heading.end() :].lstrip("\n")
        block = re.match(r"(?:(?:\d+\.|[-*]) [^\n]+\n?){2,8}|[^\n#`~|<:-][^\n]+(?:\n[^\n#]+){0,3}", below)
        if block is None or title.isupper() or not 30 < len(block[0]) < 420:
            return None
        asked = chance.choice(_TITLED).format(title=title[0].lower() + title[1:])
        answer = block[0].strip()
        if not answer.startswith(("1.", "-", "*")) and chance.random() < 0.6:
            answer = re.split(r"(?<=[.!?])\s", answer)[0]
        return self._within(text, heading.start(), answer, "manual", asked, chance)

    def option(self, chance: Random) -> Made:
        return self._pair(self.prose, _OPTION, ("What does {} do?", "What is {} for?", "What is the use of {}?"), "manual", chance)  # fmt: skip

    def meaning(self, chance: Random) -> Made:
        return self._pair(self.prose, _MEANING, ("What is {}?", "What is meant by {}?", "Define {}."), "manual", chance)  # fmt: skip

    def speech(self, chance: Random) -> Made:
        """Who said what is quoted, or what somebody said."""
        found = self._found(self.corpus.taught.books, _SPEECH, chance)
        if found is None or found[0][2] in ("he", "she", "I", "they"):
            return None
        words, who = found[0][1], found[0][2]
        if chance.random() < 0.6:
            asked = chance.choice(('Who said "{}"?', 'Who says: "{}"?', 'Whose words are "{}"?'))
            return self._within(found[1], found[0].start(), who, "novel", asked.format(words), chance)
        part = " ".join(words.split()[:5])
        asked = f'How does what {who} said go on after "{part}"?'
        rest = words[len(part) :].strip()
        return self._within(found[1], found[0].start(), rest, "novel", asked, chance) if rest else None

    def default(self, chance: Random) -> Made:
        """The default value of a parameter."""
        found = self._found(self.code + self.prose, _DEFAULT, chance)
        pairs = re.findall(r"(\w+)(?:: *[^=,]+)? *= *([^,]+)", found[0][2]) if found else []
        if not found or not pairs:
            return None
        name, value = chance.choice(pairs)
        asked = chance.choice(("What is the default of {} in {}?", "What is {}'s default value in {}()?", "Which value does {} have in {} unless given?"))  # fmt: skip
        return self._within(found[1], found[0].start(), value.strip(), "code", asked.format(name, found[0][1]), chance, near=found[0][0])  # fmt: skip

    def define(self, chance: Random) -> Made:
        return self._pair(self.code, _DEFINE, ("What is {} defined as?", "What is the value of {}?", "What is {}?", "Which value has {}?"), "code", chance)  # fmt: skip

    def parameters(self, chance: Random) -> Made:
        """What a function takes or returns."""
        found = self._found(self.code, _RETURN, chance)
        if found is None:
            return None
        kind, name, parameters = (part.strip() for part in found[0].groups())
        if chance.random() < 0.5:
            asked = chance.choice(("What does {} return?", "What is the return type of {}?"))
            return self._within(found[1], found[0].start(), kind, "code", asked.format(name), chance, near=found[0][0])  # fmt: skip
        asked = chance.choice(("Which parameters does {} take?", "What are the arguments of {}?"))
        return self._within(found[1], found[0].start(), parameters, "code", asked.format(name), chance)

    def assigned(self, chance: Random) -> Made:
        return self._pair(self.code, _ASSIGNED, ("What is {} set to?", "What is the value of {}?", "What value is assigned to {}?"), "code", chance)  # fmt: skip

    def comment(self, chance: Random) -> Made:
        return self._pair(self.code, _COMMENT, ("What does {} do?", "What is {}() for?"), "code", chance)  # fmt: skip

    def _pair(
        self,
        texts: list[str],
        pattern: re.Pattern[str],
        questions: tuple[str, ...],
        kind: str,
        chance: Random,
    ) -> Made:
        """A name and what stands behind it."""
        found = self._found(texts, pattern, chance)
        if found is None:
            return None
        name, value = found[0][1].strip(" `*"), found[0][2].strip()
        name = name[0].lower() + name[1:] if name.startswith(("A", "The ")) and " " in name else name
        return self._within(found[1], found[0].start(), value, kind, chance.choice(questions).format(name), chance, near=found[0][0])  # fmt: skip

    def _within(
        self,
        text: str,
        at: int,
        answer: str,
        kind: str,
        question: str,
        chance: Random,
        near: str | None = None,
    ) -> Made:
        """The question on the passage of `text` that the answer stands in, after `at`.

        `near` is the part of the text the answer must stand in; other passages of the text
        may stand beside it, or in its place, if they do not say it.
        """
        start = text.find(answer, at + (near.rfind(answer) if near else 0))
        size = chance.choice((400, 600, 600, 900))
        spans = cut_passages(text[max(0, at - 2000) : at + 3000], size)
        shift = max(0, at - 2000)
        texts = [text[a + shift : b + shift] for a, b in spans]
        held = [i for i, (a, b) in enumerate(spans) if a + shift <= start and start + len(answer) <= b + shift]  # fmt: skip
        if start < 0 or start - at > 600 or not held:
            return None
        this = held[0]
        low = start - spans[this][0] - shift
        asked = Asked(kind, question, (texts[this],), ((0, low, low + len(answer)),))
        others = [t for i, t in enumerate(texts) if i != this and answer not in t]
        beside = chance.sample(others, min(len(others), chance.choice((0, 0, 1, 2))))
        if beside and chance.random() < 0.15:
            return Asked(kind, question, tuple(beside), ())
        return among(asked, beside, chance)


_TITLED = (
    "What about {title}?", "How do I do this: {title}?", "What is said of {title}?",
    "How does {title} work?", "Tell me about {title}.", "What does it say about {title}?",
)  # fmt: skip


# -- texts that are made up ----------------------------------------------------------------

_PEOPLE = "Okafor Lindqvist Marsh Tanaka Ferreira Novak Haddad Brandt Quinn Iyer Castellan Dubois Whitlock Sato Mbeki Olsen Petrov Vance Alvarez Kimura".split()  # fmt: skip
_FIRMS = "Northgate Halden Bluewater Cinder Aldous Meridian Kestrel Oakhurst Vantage Sterling Fairhaven Corwin Redpoint Larkspur Tamarack".split()  # fmt: skip
_KINDS = "Ltd. LLC Inc. GmbH Partners Holdings Group Co.".split()
_PLACES = "Leeds Ghent Tucson Malmo Porto Geneva Austin Cork Lyon Bergen Oslo Denver Utrecht Graz Perth".split()  # fmt: skip
_GOODS = "valve gasket rotor hinge bracket spindle bearing filter relay sensor pump coupling flange nozzle clamp lever".split()  # fmt: skip
_COLORS = "red green blue black white amber steel brass copper slate".split()
_HOSTS = "db1 db2 web3 cache7 queue4 auth2 proxy9 worker12 gateway1 mail5".split()
_SMALL = "two three four five six seven ten twelve fourteen fifteen twenty thirty sixty ninety".split()


def _day(chance: Random) -> str:
    day = date(2015, 1, 1) + timedelta(chance.randrange(4000))
    return chance.choice((f"{day:%B} {day.day}, {day.year}", f"{day.day} {day:%B} {day.year}", f"{day:%Y-%m-%d}"))  # fmt: skip


def _money(chance: Random) -> str:
    amount = chance.choice((25, 50, 100, 250, 500, 1000)) * chance.randrange(1, 60)
    return chance.choice(("${:,}", "USD {:,}", "€{:,}", "£{:,}.00", "{:,} euros")).format(amount)


def _span(chance: Random) -> str:
    count = chance.choice(_SMALL)
    figure = chance.randrange(2, 91)
    return chance.choice((f"{count} ({figure}) days", f"{figure} days", f"{count} months", f"{count} business days", f"{figure} weeks"))  # fmt: skip


_CLAUSES: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = (
    ("This {agreement} is made on {day} between {a} (the \"{x}\") and {b} (the \"{y}\").",
     (("When was the {agreement} made?", "day"), ("Who is the {x}?", "a"), ("Who is the {y}?", "b"), ("On what date was it signed?", "day"))),
    ("The {y} shall pay the {x} {money} on or before the {nth} day of each month.",
     (("How much does the {y} pay each month?", "money"), ("On which day of the month is payment due?", "nth"), ("What is the monthly fee?", "money"))),
    ("Either party may terminate this {agreement} by giving {span} written notice to the other.",
     (("How much notice is needed to terminate?", "span"), ("How long is the notice period?", "span"), ("With what notice can the {agreement} be ended?", "span"))),
    ("The {y} has deposited {money} as security, to be returned within {span} after the end of the term.",
     (("How large is the deposit?", "money"), ("When must the deposit be returned?", "span"), ("What is the security deposit?", "money"))),
    ("Late payments bear interest at {rate} per {per} from the due date until paid.",
     (("What interest do late payments bear?", "rate"), ("What happens if a payment is late?", "interest at {rate} per {per}"))),
    ("The total liability of the {x} under this {agreement} shall not exceed {money}.",
     (("To how much is liability limited?", "money"), ("What is the cap on the {x}'s liability?", "money"))),
    ("This {agreement} is governed by the laws of {place}, and the courts of {place2} have jurisdiction.",
     (("Which law governs the {agreement}?", "the laws of {place}"), ("Which courts have jurisdiction?", "the courts of {place2}"))),
    ("The term begins on {day} and continues for {span}, unless ended sooner.",
     (("When does the term begin?", "day"), ("How long is the term?", "span"))),
    ("Notices to the {x} shall be sent to {person} at {number} {street} Street, {place}.",
     (("Where are notices sent?", "{number} {street} Street, {place}"), ("Who receives notices for the {x}?", "person"))),
    ("The {x} shall deliver the {good}s no later than {day}, in lots of {number}.",
     (("When must the {good}s be delivered?", "day"), ("How large are the lots?", "number"), ("By when is delivery due?", "day"))),
    ("The {y} shall keep all records confidential for {span} after this {agreement} ends.",
     (("For how long must records be kept confidential?", "span"), ("How long does confidentiality last?", "span"))),
    ("The warranty covers defects in material and workmanship for {span} from the date of delivery; it does not cover {wear}.",
     (("How long does the warranty last?", "span"), ("What does the warranty not cover?", "wear"), ("What does the warranty cover?", "defects in material and workmanship"))),
    ("The {y} shall not {act} without the prior written consent of the {x}.",
     (("What may the {y} not do without consent?", "act"), ("Whose consent is needed to {act}?", "the {x}"))),
    ("If the {y} fails to {act2}, the {x} may suspend the services after {span}.",
     (("What may the {x} do if the {y} fails to {act2}?", "suspend the services"), ("After how long may the services be suspended?", "span"))),
)  # fmt: skip


def contract(chance: Random) -> Asked:
    """Some numbered clauses, one of them asked about."""
    x, y = chance.choice((("Landlord", "Tenant"), ("Supplier", "Customer"), ("Licensor", "Licensee"), ("Contractor", "Client"), ("Seller", "Buyer"), ("Lender", "Borrower")))  # fmt: skip
    agreement = chance.choice(("Agreement", "Contract", "Lease", "License", "Order"))
    chosen = chance.sample(_CLAUSES, chance.randrange(3, 7))
    number, mark = chance.randrange(1, 14), chance.choice(("{}. ", "{}.1 ", "§ {} ", "({}) ", ""))
    lines, questions = [], []
    for clause, asked in chosen:
        places = chance.sample(_PLACES, 2)
        slots = {
            "x": x, "y": y, "agreement": agreement, "day": _day(chance), "money": _money(chance),
            "span": _span(chance), "a": _firm(chance), "b": _firm(chance), "place": places[0],
            "place2": places[1], "nth": chance.choice(("1st", "3rd", "fifth", "10th", "15th", "last")),
            "rate": f"{chance.randrange(1, 24) / 2:g}%", "per": chance.choice(("year", "month")),
            "person": _person(chance), "number": str(chance.randrange(2, 900)),
            "street": chance.choice(_PEOPLE), "good": chance.choice(_GOODS),
            "wear": chance.choice(("ordinary wear", "damage caused by misuse", "consumable parts", "damage in transit")),
            "act": chance.choice(("assign this agreement", "sublet the premises", "make alterations", "disclose its terms", "engage subcontractors")),
            "act2": chance.choice(("pay an invoice", "provide access", "maintain insurance", "approve the drawings")),
        }  # fmt: skip
        lines.append(mark.format(number) + clause.format(**slots))
        number += 1
        questions += [
            (q.format(**slots), slots.get(key) or key.format(**slots), len(lines) - 1)
            for q, key in asked
        ]
    return _of_lines("contract", lines, chance.choice(questions), chance.choice(("\n", "\n\n", " ")), chance)


def _firm(chance: Random) -> str:
    return f"{chance.choice(_FIRMS)} {chance.choice(_KINDS)}"


def _person(chance: Random) -> str:
    return f"{chance.choice('ABCDEFGHJKLMNPRST')}. {chance.choice(_PEOPLE)}"


def _of_lines(
    kind: str, lines: list[str], asked: tuple[str, str, int], joint: str, chance: Random
) -> Asked:
    """A text of lines; the answer stands in one of them, which is sometimes left out."""
    question, answer, line = asked
    if chance.random() < 0.15 and len(lines) > 2:
        left = [text for index, text in enumerate(lines) if index != line]
        return Asked(kind, question, (joint.join(left),), ())
    text = joint.join(lines)
    start = len(joint.join(lines[:line])) + (len(joint) if line else 0)
    low = text.find(answer, start)
    return Asked(kind, question, (text,), ((0, low, low + len(answer)),))


def table(chance: Random) -> Asked:
    """A table of rows, a cell asked by its row and column."""
    goods = chance.choice((True, False))
    count = chance.randrange(3, 9)
    if goods:
        names = [f"{c} {g}" for c in _COLORS for g in _GOODS]
        columns = {
            "price": lambda: _money(chance), "stock": lambda: str(chance.randrange(900)),
            "weight": lambda: f"{chance.randrange(1, 400) / 10} kg",
            "supplier": lambda: chance.choice(_FIRMS), "part number": lambda: f"{chance.choice('ABKRX')}-{chance.randrange(1000, 9999)}",
        }  # fmt: skip
    else:
        names = [f"{p}, {f}." for p in _PEOPLE for f in "ABCDEJKLMR"]
        columns = {
            "salary": lambda: _money(chance), "city": lambda: chance.choice(_PLACES),
            "start date": lambda: _day(chance), "extension": lambda: str(chance.randrange(1000, 9999)),
            "manager": lambda: _person(chance),
        }  # fmt: skip
    rows = chance.sample(names, count)
    kept = chance.sample(list(columns), chance.randrange(2, len(columns) + 1))
    cells = [[columns[column]() for column in kept] for _ in rows]
    row, column = chance.randrange(count), chance.randrange(len(kept))
    left, mark = chance.choice((("| ", " | "), ("", ","), ("", "\t"), ("", ";"), ("", "   ")))
    if mark == ",":
        cells = [[f'"{cell}"' if "," in cell else cell for cell in each] for each in cells]
    head = left + mark.join(["item" if goods else "name", *kept])
    lines = [head, *(left + mark.join([name, *each]) for name, each in zip(rows, cells, strict=True))]
    if left:
        lines.insert(1, "|" + "---|" * (len(kept) + 1))
    asked = chance.choice(("What is the {c} of {r}?", "Which {c} has {r}?", "{r}: {c}?", "What {c} is given for {r}?"))  # fmt: skip
    at = row + 1 + bool(left)
    question = asked.format(c=kept[column], r=rows[row])
    if chance.random() < 0.15:
        del lines[at]
        return Asked("table", question, ("\n".join(lines),), ())
    before = left + mark.join([rows[row], *cells[row][:column], ""])
    start = len("\n".join(lines[:at])) + 1 + len(before)
    quoted = cells[row][column].startswith('"')
    span = (0, start + quoted, start + len(cells[row][column]) - quoted)
    return Asked("table", question, ("\n".join(lines),), (span,))


_EVENTS: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = (
    ("INFO {part} started on port {port}", (("On which port does {part} listen?", "port"), ("When did {part} start?", "time"), ("When was {part} started?", "time"))),
    ("ERROR {part} connection to {host} timed out after {n} s", (("After how long did the connection to {host} time out?", "{n} s"), ("When did the connection to {host} time out?", "time"), ("Which host did {part} fail to reach?", "host"), ("What went wrong with {part}?", "connection to {host} timed out after {n} s"))),
    ("WARN {part} disk {disk} is {p}% full", (("How full is {disk}?", "{p}%"), ("Which disk is nearly full?", "disk"), ("What did {part} warn about?", "disk {disk} is {p}% full"))),
    ("INFO user {user} logged in from {ip}", (("From where did {user} log in?", "ip"), ("Who logged in from {ip}?", "user"), ("When did {user} log in?", "time"))),
    ("ERROR {part} failed to open {file}: {why}", (("Why could {file} not be opened?", "why"), ("Which file could {part} not open?", "file"), ("When did opening {file} fail?", "time"))),
    ("INFO backup of {db} finished in {n} minutes, {m} MB", (("How long did the backup of {db} take?", "{n} minutes"), ("How large was the backup of {db}?", "{m} MB"), ("When did the backup of {db} finish?", "time"))),
    ("FATAL {part} exited with code {code}", (("With what code did {part} exit?", "code"), ("What exited with code {code}?", "part"), ("When did {part} crash?", "time"))),
    ("INFO deployed version {version} of {part} by {user}", (("Which version of {part} was deployed?", "version"), ("Who deployed {part}?", "user"), ("When was {version} deployed?", "time"))),
    ("WARN request {file} took {m} ms", (("How long did the request {file} take?", "{m} ms"), ("Which request was slow?", "file"))),
)  # fmt: skip


def log(chance: Random) -> Asked:
    """Some lines of a log, one of them asked about."""
    now = chance.randrange(86_000)
    day = date(2023, 1, 1) + timedelta(chance.randrange(1200))
    form = chance.choice(("{d} {t}", "[{d}T{t}Z]", "{t}", "{d:%b %d} {t}", "[{t}]"))
    parts = [f"{p}{s}" for p in ("auth", "billing", "search", "upload", "mail", "cache", "index") for s in ("", "d", "-api", "-worker")]  # fmt: skip
    lines, questions = [], []
    names = chance.sample(parts, 12)
    for number in range(chance.randrange(4, 11)):
        now = (now + chance.randrange(1, 900)) % 86_400
        stamp = f"{now // 3600:02}:{now // 60 % 60:02}:{now % 60:02}"
        event, asked = chance.choice(_EVENTS)
        slots = {
            "time": stamp, "part": names[number], "port": str(chance.randrange(1024, 9999)),
            "host": chance.choice(_HOSTS), "n": str(chance.randrange(2, 90)), "m": str(chance.randrange(100, 90_000)),
            "disk": f"/dev/sd{chance.choice('abcd')}{chance.randrange(1, 5)}", "p": str(chance.randrange(81, 100)),
            "user": chance.choice(_PEOPLE).lower(), "ip": ".".join(str(chance.randrange(1, 255)) for _ in range(4)),
            "file": "/" + "/".join(chance.sample(_GOODS, 2)), "why": chance.choice(("permission denied", "no such file", "too many open files", "checksum mismatch")),
            "db": chance.choice(("orders", "users", "events", "ledger")), "code": str(chance.randrange(1, 140)),
            "version": ".".join(str(chance.randrange(20)) for _ in range(3)),
        }  # fmt: skip
        lines.append(f"{form.format(d=day, t=stamp)} {event.format(**slots)}")
        questions += [
            (q.format(**slots), slots.get(key) or key.format(**slots), number) for q, key in asked
        ]
    once = [q for q in questions if sum(q[0] == other[0] for other in questions) == 1]
    return _of_lines("log", lines, chance.choice(once or questions), "\n", chance)
