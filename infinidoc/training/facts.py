"""Invented facts to hide in real text: a sentence that states it, questions, the answer.

Every relation has several wordings. The last statement and the last question of each are
held out: training never sees them, the recall benchmark uses nothing else. Knows strings.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from random import Random

FIRST = """Ada Alma Anton Bela Bruno Carla Cyril Dora Edith Emil Fanny Felix Gerda Hanna Hugo Ida
Ivan Jonas Judith Karl Klara Lena Leo Magda Milo Nadia Nils Olga Otto Paula Pavel Rosa Ruben Selma
Simon Tessa Tilda Ugo Vera Viktor Wanda Willem Xenia Yves Zelda Oscar Greta Basil Nora Casper Mary
John Sandra Daniel Thomas Sarah Peter Lucy George Anne Robert Helen James Ruth""".split()
LAST = """Abbott Berger Calloway Dunmore Ekholm Farrow Grimaldi Haverford Ivanov Jansson Kessler
Lindqvist Marlowe Novak Okafor Petrov Quill Rasmussen Sandoval Thorne Underhill Varga Whitlock
Yarrow Zimmer Ashdown Bellamy Crowther Delacroix Easton Fitzroy Galloway Hollis Ingram Keating
Lockwood Montrose Nightingale Osborne Pemberton Ravenscroft Sinclair Tremaine Winslow""".split()
PLACES = """Aldermoor Brackwater Castelnuovo Dunwich Elmshore Fernhaven Glenrock Harrowgate
Islington Kingsferry Lowmarsh Maplewood Northwick Oakbridge Portsmere Ravenhill Saltburn Thornbury
Ulverston Whitcombe Lisbon Vienna Cairo Bergen Toledo Bruges Riga Madras Quebec Havana Nantes
Geneva Bombay Dublin Trieste Odessa Kyoto Lima Boston Cracow""".split()
ADJECTIVES = """amber ancient brass broken copper crimson crooked curious double emerald faded
forgotten frozen golden grey hidden hollow iron ivory jade lonely marble narrow northern old opal
pale painted quiet round royal rusty scarlet second silent silver southern stone tall velvet
violet western white wooden""".split()
THINGS = """anchor archive bakery barrel bridge cabin cellar chapel chest clock compass engine
ferry fountain furnace garden gate harbour hotel lantern library lighthouse locker mill mine museum
observatory orchard palace piano pump quarry reactor safe school shed station statue stove tower
tunnel vault warehouse well workshop""".split()
OBJECTS = """ledger letter map key necklace manuscript telescope violin medal photograph passport
sword diary portrait compass ring notebook coin pistol scarf umbrella crown flute""".split()
SPOTS = [
    "under the {a} {t}",
    "behind the {a} {t}",
    "inside the {a} {t}",
    "beside the {a} {t}",
    "above the {a} {t}",
]
JOBS = """baker surgeon carpenter teacher lawyer botanist sailor tailor engineer painter
librarian geologist farmer notary blacksmith translator judge gardener chemist cook""".split()
COLOURS = "red blue green yellow black white brown purple orange grey pink".split()
ANIMALS = "dog cat parrot horse goat tortoise rabbit owl monkey donkey hawk fox".split()
FOODS = """plum cake|lentil soup|smoked trout|onion tart|roast goose|barley bread|honey cake|goat
cheese|pea soup|apple pie|cold ham|rice pudding|fried eels|ginger biscuits""".replace("\n", " ")
MONTHS = """January February March April May June July August September October November
December""".split()
GOODS = (
    "barrels of salt|crates of oranges|sacks of flour|rolls of silk|tons of coal|bottles of wine"
)
COUNTED = (
    "They made {v} turns a minute.|It was {v} miles to the coast.|She counted {v} steps.|"
    "There were {v} of them left.|He had waited {v} days for it.|It was page {v} of the book."
)

# relation: (statements, questions); {e} is the entity, {v} the value asked for
RELATIONS: dict[str, tuple[list[str], list[str]]] = {
    "code": (
        ["The access code of {e} is {v}.", "To open {e}, enter {v}.", "{E} has the code {v}.",
         "The number {v} opens {e}.", "Whoever dials {v} will find {e} unlocked."],
        ["What is the access code of {e}?", "Which number opens {e}?", "What is the code of {e}?",
         "What must be dialled to unlock {e}?"],
    ),
    "registered": (
        ["{E} was registered under number {v}.", "The register lists {e} as number {v}.",
         "{E}, registration number {v}, was inspected.", "In the rolls, {e} bears the number {v}."],
        ["What is the registration number of {e}?", "Under which number was {e} registered?",
         "Which number does {e} bear in the rolls?"],
    ),
    "born": (
        ["{n} was born in {v}.", "{n} came into the world in {v}.", "{v} is where {n} was born.",
         "The birthplace of {n} is {v}.", "{n} first saw daylight in {v}."],
        ["Where was {n} born?", "What is the birthplace of {n}?", "In which town was {n} born?",
         "{n} is a native of which town?"],
    ),
    "lives": (
        ["{n} lives in {v}.", "{n} has a house in {v}.", "{n} moved to {v} years ago and stayed.",
         "The home of {n} is in {v}.", "{n} has made a home for good in {v}."],
        ["Where does {n} live?", "In which town is the house of {n}?", "Where is {n}'s home?",
         "Which town does {n} call home?"],
    ),
    "job": (
        ["{n} works as a {v}.", "{n} is a {v} by trade.", "For twenty years {n} has been a {v}.",
         "{n} earns a living as a {v}.", "The {v} everybody goes to is called {n}."],
        ["What is the profession of {n}?", "What does {n} do for a living?",
         "What is {n} by trade?",
         "As what does {n} earn money?"],
    ),
    "pet": (
        ["{n} keeps a {v}.", "The pet of {n} is a {v}.", "{n} never goes out without a {v}.",
         "A {v} lives with {n}.", "{n} shares the house with a {v}."],
        ["Which animal does {n} keep?", "What pet does {n} have?",
         "What kind of animal does {n} own?",
         "With which animal does {n} share the house?"],
    ),
    "colour": (
        ["The door of {e} is painted {v}.", "{E} has a {v} door.",
         "They painted the door of {e} {v}.",
         "One knows {e} by its {v} door."],
        ["What colour is the door of {e}?", "In which colour is the door of {e} painted?",
         "By a door of which colour is {e} known?"],
    ),
    "food": (
        ["The favourite dish of {n} is {v}.", "{n} likes nothing better than {v}.",
         "Every Sunday {n} eats {v}.", "{n} would walk ten miles for {v}."],
        ["What is the favourite dish of {n}?", "What does {n} like to eat most?",
         "For which dish would {n} walk ten miles?"],
    ),
    "date": (
        ["{E} was opened on {v}.", "The opening of {e} took place on {v}.",
         "On {v}, {e} was opened.",
         "{E} opened its doors to the public on {v}.", "{E} received its first visitors on {v}."],
        ["When was {e} opened?", "On which day did {e} open?", "What is the opening date of {e}?",
         "When did the first visitors come to {e}?"],
    ),
    "year": (
        ["{E} was built in {v}.", "The construction of {e} was finished in {v}.",
         "{E} dates from {v}.",
         "In {v} they built {e}.", "{E} has been standing since {v}."],
        ["In which year was {e} built?", "When was {e} built?", "From which year does {e} date?",
         "Since which year has {e} been standing?"],
    ),
    "height": (
        ["{E} is {v} feet high.", "The height of {e} is {v} feet.", "{E} measures {v} feet.",
         "From its foot to its top {e} comes to {v} feet."],
        ["How many feet high is {e}?", "What is the height of {e} in feet?",
         "How many feet does {e} come to?"],
    ),
    "cargo": (
        ["{n} bought {v}.", "{n} ordered {v}.", "{v} were delivered to {n}.",
         "{n} took delivery of {v}."],
        ["What did {n} buy?", "What was delivered to {n}?", "Of what did {n} take delivery?"],
    ),
    "price": (
        ["{n} paid {v} pounds for the {o}.", "The {o} cost {n} {v} pounds.",
         "{n} gave {v} pounds for the {o}.", "The {o} went to {n} for {v} pounds."],
        ["How many pounds did {n} pay for the {o}?", "What did the {o} cost {n}?",
         "For how many pounds did the {o} go to {n}?"],
    ),
    "spot": (
        ["The {o} of {n} is hidden {v}.", "{n} hid the {o} {v}.", "{n} keeps the {o} {v}.",
         "You will find the {o} of {n} {v}.", "The {o} that belongs to {n} lies {v}."],
        ["Where is the {o} of {n} hidden?", "Where did {n} hide the {o}?",
         "Where is the {o} of {n} kept?", "Where does the {o} that belongs to {n} lie?"],
    ),
    "friend": (
        ["The best friend of {n} is {v}.", "{n} trusts nobody but {v}.", "{n} grew up with {v}.",
         "{n} and {v} are the best of friends.", "{n} tells everything to {v}."],
        ["Who is the best friend of {n}?", "Whom does {n} trust?", "With whom did {n} grow up?",
         "To whom does {n} tell everything?"],
    ),
    "owner": (
        ["The owner of {e} is {v}.", "{E} belongs to {v}.", "{v} owns {e}.",
         "{E} is the property of {v}.",
         "By inheritance {e} came to {v}."],
        ["Who owns {e}?", "Who is the owner of {e}?", "To whom does {e} belong?",
         "To whom did {e} come by inheritance?"],
    ),
    "ship": (
        ["{n} sailed to {v} aboard the {s}.", "Aboard the {s}, {n} reached {v}.",
         "{n} took the {s} to {v}.", "The {s} carried {n} as far as {v}."],
        ["Where did {n} sail aboard the {s}?", "Which port did {n} reach aboard the {s}?",
         "How far did the {s} carry {n}?"],
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Fact:
    """`text` states it; each of `questions` asks for `answer`."""

    relation: str
    text: str
    questions: tuple[str, ...]
    answer: str
    entity: str


def make_fact(chance: Random, *, held_out: bool = False, relation: str | None = None) -> Fact:
    """A fact of a random relation, in a wording of the training or the held-out sort."""
    relation = relation or chance.choice(list(RELATIONS))
    statements, questions = RELATIONS[relation]
    slots = _slots(chance)
    slots["v"] = _value(relation, chance)
    pick = statements[-1:] if held_out else statements[:-1]
    asked = questions[-1:] if held_out else questions[:-1]
    text = _filled(chance.choice(pick), slots)
    entity = slots["n"] if "{n}" in statements[0] else slots["e"]
    made = tuple(_filled(question, slots) for question in asked)
    return Fact(relation, text, made, slots["v"], entity)


def restated(fact: Fact, chance: Random) -> Fact:
    """The same relation of the same entity with a later value that takes the old one's place."""
    value = _value(fact.relation, chance)
    new = fact.text.replace(fact.answer, value)
    lead = chance.choice(
        ["Later this changed: ", "Since then all is different. Now ", "Correction: "]
    )
    return replace(fact, text=lead + new, answer=value)


def near(fact: Fact, chance: Random) -> str | None:
    """A sentence about something else, its number one that the fact's begins or ends like."""
    if not fact.answer.isdigit() or len(fact.answer) < 3:
        return None
    length = chance.randrange(1, len(fact.answer))
    like = fact.answer[:length] if chance.random() < 0.7 else fact.answer[-length:]
    return chance.choice(COUNTED.split("|")).format(v=like)


def passkey(chance: Random, *, held_out: bool = False) -> Fact:
    """The paper's passkey: five digits, stated twice."""
    key = str(chance.randrange(10_000, 100_000))
    text = f"The pass key is {key}. Remember it. {key} is the pass key."
    return Fact("passkey", text, ("What is the pass key?",), key, "the pass key")


def _slots(chance: Random) -> dict[str, str]:
    entity = f"the {chance.choice(ADJECTIVES)} {chance.choice(THINGS)}"
    if chance.random() < 0.5:
        entity += f" of {chance.choice(PLACES)}"
    return {
        "n": f"{chance.choice(FIRST)} {chance.choice(LAST)}",
        "e": entity,
        "E": entity[0].upper() + entity[1:],
        "o": chance.choice(OBJECTS),
        "s": f"{chance.choice(ADJECTIVES)} {chance.choice(OBJECTS)}".title(),
    }


def _value(relation: str, chance: Random) -> str:
    person = f"{chance.choice(FIRST)} {chance.choice(LAST)}"
    spot = chance.choice(SPOTS).format(a=chance.choice(ADJECTIVES), t=chance.choice(THINGS))
    day = f"{chance.randrange(1, 29)} {chance.choice(MONTHS)} {chance.randrange(1700, 2030)}"
    digits = chance.choice((3, 4, 5, 5, 6))
    values = {
        "code": str(chance.randrange(10 ** (digits - 1), 10**digits)),
        "registered": str(chance.randrange(100, 100_000)),
        "born": chance.choice(PLACES),
        "lives": chance.choice(PLACES),
        "ship": chance.choice(PLACES),
        "job": chance.choice(JOBS),
        "pet": f"{chance.choice(COLOURS)} {chance.choice(ANIMALS)}",
        "colour": chance.choice(COLOURS),
        "food": chance.choice(FOODS.split("|")),
        "date": day,
        "year": str(chance.randrange(1200, 2025)),
        "height": str(chance.randrange(10, 900)),
        "cargo": f"{chance.randrange(2, 900)} {chance.choice(GOODS.split('|'))}",
        "price": str(chance.randrange(2, 5000)),
        "spot": spot,
        "friend": person,
        "owner": person,
    }
    return values[relation]


def _filled(template: str, slots: dict[str, str]) -> str:
    text = template.format(**slots)
    return text[0].upper() + text[1:]
