"""Contracts and tables that are made up, each with a question and where its answer is.

Everything depends on the given chance alone.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from random import Random

from infinidoc.training.pointed import Asked

WITHOUT = 0.15  # how often the line that answers is left out

PEOPLE = """
Okafor Lindqvist Marsh Tanaka Ferreira Novak Haddad Brandt Quinn Iyer Castellan Dubois Whitlock
Sato Mbeki Olsen Petrov Vance Alvarez Kimura
""".split()
_FIRMS = """
Northgate Halden Bluewater Cinder Aldous Meridian Kestrel Oakhurst Vantage Sterling Fairhaven
Corwin Redpoint Larkspur Tamarack
""".split()
_KINDS = "Ltd. LLC Inc. GmbH Partners Holdings Group Co.".split()
_PLACES = """
Leeds Ghent Tucson Malmo Porto Geneva Austin Cork Lyon Bergen Oslo Denver Utrecht Graz Perth
""".split()
GOODS = """
valve gasket rotor hinge bracket spindle bearing filter relay sensor pump coupling flange nozzle
clamp lever
""".split()
_COLORS = "red green blue black white amber steel brass copper slate".split()
_COUNTS = """
two three four five six seven ten twelve fourteen fifteen twenty thirty sixty ninety
""".split()
_ROLES = (
    ("Landlord", "Tenant"),
    ("Supplier", "Customer"),
    ("Licensor", "Licensee"),
    ("Contractor", "Client"),
    ("Seller", "Buyer"),
    ("Lender", "Borrower"),
)
_WEAR = ("ordinary wear", "damage caused by misuse", "consumable parts", "damage in transit")
_FORBIDDEN = (
    "assign this agreement",
    "sublet the premises",
    "make alterations",
    "disclose its terms",
    "engage subcontractors",
)
_DUTIES = ("pay an invoice", "provide access", "maintain insurance", "approve the drawings")

# A text, and the questions on it: what answers is one of its slots, or words of the text.
_CLAUSES = """
This {agreement} is made on {day} between {a} (the "{x}") and {b} (the "{y}").
    When was the {agreement} made? -> day
    Who is the {x}? -> a
    Who is the {y}? -> b
    On what date was it signed? -> day
The {y} shall pay the {x} {money} on or before the {nth} day of each month.
    How much does the {y} pay each month? -> money
    On which day of the month is payment due? -> nth
    What is the monthly fee? -> money
Either party may terminate this {agreement} by giving {span} written notice to the other.
    How much notice is needed to terminate? -> span
    How long is the notice period? -> span
    With what notice can the {agreement} be ended? -> span
The {y} has deposited {money} as security, to be returned within {span} after the end of the term.
    How large is the deposit? -> money
    When must the deposit be returned? -> span
    What is the security deposit? -> money
Late payments bear interest at {rate} per {per} from the due date until paid.
    What interest do late payments bear? -> rate
    What happens if a payment is late? -> interest at {rate} per {per}
The total liability of the {x} under this {agreement} shall not exceed {money}.
    To how much is liability limited? -> money
    What is the cap on the {x}'s liability? -> money
This {agreement} is governed by the laws of {place}, and the courts of {place2} have jurisdiction.
    Which law governs the {agreement}? -> the laws of {place}
    Which courts have jurisdiction? -> the courts of {place2}
The term begins on {day} and continues for {span}, unless ended sooner.
    When does the term begin? -> day
    How long is the term? -> span
Notices to the {x} shall be sent to {person} at {number} {street} Street, {place}.
    Where are notices sent? -> {number} {street} Street, {place}
    Who receives notices for the {x}? -> person
The {x} shall deliver the {good}s no later than {day}, in lots of {number}.
    When must the {good}s be delivered? -> day
    How large are the lots? -> number
    By when is delivery due? -> day
The {y} shall keep all records confidential for {span} after this {agreement} ends.
    For how long must records be kept confidential? -> span
    How long does confidentiality last? -> span
The warranty covers defects in material and workmanship for {span} from the date of delivery; \
it does not cover {wear}.
    How long does the warranty last? -> span
    What does the warranty not cover? -> wear
    What does the warranty cover? -> defects in material and workmanship
The {y} shall not {act} without the prior written consent of the {x}.
    What may the {y} not do without consent? -> act
    Whose consent is needed to {act}? -> the {x}
If the {y} fails to {act2}, the {x} may suspend the services after {span}.
    What may the {x} do if the {y} fails to {act2}? -> suspend the services
    After how long may the services be suspended? -> span
"""
Script = tuple[str, list[tuple[str, str]]]  # a text with slots; questions, and what answers
Question = tuple[str, str, int, int]  # its words, the answer, and behind which line and column


def scripts(written: str) -> list[Script]:
    made: list[Script] = []
    for line in written.strip().splitlines():
        if line.startswith(" "):
            question, _, answer = line.strip().partition(" -> ")
            made[-1][1].append((question, answer))
        else:
            made.append((line, []))
    return made


def contract(chance: Random) -> Asked:
    """Some numbered clauses, one of them asked about."""
    x, y = chance.choice(_ROLES)
    agreement = chance.choice(("Agreement", "Contract", "Lease", "License", "Order"))
    clauses = chance.sample(scripts(_CLAUSES), chance.randrange(3, 7))
    first, mark = chance.randrange(1, 14), chance.choice(("{}. ", "{}.1 ", "§ {} ", "({}) ", ""))
    lines, questions = [], []
    for line, (text, asked) in enumerate(clauses):
        slots = {"x": x, "y": y, "agreement": agreement, **_terms(chance)}
        lines.append(mark.format(first + line) + text.format(**slots))
        questions += [(q.format(**slots), filled(key, slots), line, 0) for q, key in asked]
    joint = chance.choice(("\n", "\n\n", " "))
    return of_lines("contract", lines, chance.choice(questions), joint, chance)


def _terms(chance: Random) -> dict[str, str]:
    place, other = chance.sample(_PLACES, 2)
    return {
        "day": _day(chance),
        "money": _money(chance),
        "span": _span(chance),
        "a": _firm(chance),
        "b": _firm(chance),
        "place": place,
        "place2": other,
        "nth": chance.choice(("1st", "3rd", "fifth", "10th", "15th", "last")),
        "rate": f"{chance.randrange(1, 24) / 2:g}%",
        "per": chance.choice(("year", "month")),
        "person": _person(chance),
        "number": str(chance.randrange(2, 900)),
        "street": chance.choice(PEOPLE),
        "good": chance.choice(GOODS),
        "wear": chance.choice(_WEAR),
        "act": chance.choice(_FORBIDDEN),
        "act2": chance.choice(_DUTIES),
    }


def filled(key: str, slots: dict[str, str]) -> str:
    return slots.get(key) or key.format(**slots)


def _day(chance: Random) -> str:
    day = date(2015, 1, 1) + timedelta(chance.randrange(4000))
    forms = (f"{day:%B} {day.day}, {day.year}", f"{day.day} {day:%B} {day.year}", f"{day:%Y-%m-%d}")
    return chance.choice(forms)


def _money(chance: Random) -> str:
    amount = chance.choice((25, 50, 100, 250, 500, 1000)) * chance.randrange(1, 60)
    return chance.choice(("${:,}", "USD {:,}", "€{:,}", "£{:,}.00", "{:,} euros")).format(amount)


def _span(chance: Random) -> str:
    count, figure = chance.choice(_COUNTS), chance.randrange(2, 91)
    forms = ("{c} ({n}) days", "{n} days", "{c} months", "{c} business days", "{n} weeks")
    return chance.choice(forms).format(c=count, n=figure)


def _firm(chance: Random) -> str:
    return f"{chance.choice(_FIRMS)} {chance.choice(_KINDS)}"


def _person(chance: Random) -> str:
    return f"{chance.choice('ABCDEFGHJKLMNPRST')}. {chance.choice(PEOPLE)}"


def of_lines(kind: str, lines: list[str], asked: Question, joint: str, chance: Random) -> Asked:
    """A text of lines; the answer stands in one of them, which is sometimes left out."""
    question, answer, line, column = asked
    if chance.random() < WITHOUT and len(lines) > 2:
        left = [text for index, text in enumerate(lines) if index != line]
        return Asked(kind, question, (joint.join(left),), ())
    text = joint.join(lines)
    low = text.find(answer, len(joint.join([*lines[:line], ""])) + column)
    return Asked(kind, question, (text,), ((0, low, low + len(answer)),))


def table(chance: Random) -> Asked:
    """A table of rows, a cell asked by its row and column."""
    name, rows, columns = _goods(chance) if chance.random() < 0.5 else _staff(chance)
    kept = chance.sample(list(columns), chance.randrange(2, len(columns) + 1))
    cells = [[columns[column]() for column in kept] for _ in rows]
    row, column = chance.randrange(len(rows)), chance.randrange(len(kept))
    left, mark = chance.choice((("| ", " | "), ("", ","), ("", "\t"), ("", ";"), ("", "   ")))
    if mark == ",":
        cells = [[f'"{cell}"' if "," in cell else cell for cell in each] for each in cells]
    lines = [
        left + mark.join([title, *each])
        for title, each in zip([name, *rows], [kept, *cells], strict=True)
    ]
    if left:
        lines.insert(1, "|" + "---|" * (len(kept) + 1))
    asked = chance.choice(
        ("What is the {c} of {r}?", "Which {c} has {r}?", "{r}: {c}?", "What {c} is given for {r}?")
    ).format(c=kept[column], r=rows[row])
    at = row + 1 + bool(left)
    if chance.random() < WITHOUT:
        return Asked("table", asked, ("\n".join(lines[:at] + lines[at + 1 :]),), ())
    before = left + mark.join([rows[row], *cells[row][:column], ""])
    start = len("\n".join([*lines[:at], before]))
    quoted = cells[row][column].startswith('"')
    span = (0, start + quoted, start + len(cells[row][column]) - quoted)
    return Asked("table", asked, ("\n".join(lines),), (span,))


Columns = dict[str, Callable[[], str]]


def _goods(chance: Random) -> tuple[str, list[str], Columns]:
    names = [f"{color} {good}" for color in _COLORS for good in GOODS]
    columns: Columns = {
        "price": lambda: _money(chance),
        "stock": lambda: str(chance.randrange(900)),
        "weight": lambda: f"{chance.randrange(1, 400) / 10} kg",
        "supplier": lambda: chance.choice(_FIRMS),
        "part number": lambda: f"{chance.choice('ABKRX')}-{chance.randrange(1000, 9999)}",
    }
    return "item", chance.sample(names, chance.randrange(3, 9)), columns


def _staff(chance: Random) -> tuple[str, list[str], Columns]:
    names = [f"{person}, {letter}." for person in PEOPLE for letter in "ABCDEJKLMR"]
    columns: Columns = {
        "salary": lambda: _money(chance),
        "city": lambda: chance.choice(_PLACES),
        "start date": lambda: _day(chance),
        "extension": lambda: str(chance.randrange(1000, 9999)),
        "manager": lambda: _person(chance),
    }
    return "name", chance.sample(names, chance.randrange(3, 9)), columns
