"""What each rule of `check` is worth: precision on untouched text, recall of planted faults.

Precision: every finding in texts as they were published is looked up in `checking_judged.json`,
where a careful reader's judgement of it is kept under a hash of the text's title and the
finding: 1 for a fault that an editor would mend, 0 for none. What nobody judged is counted and
left out. Recall: into each text faults are planted at random places, by means that know nothing
of the rules: a slip of a typist in a name, the other spelling of a word from a list of common
pairs, a weekday before a date (every second one is the right one and may not be found).
"""

from __future__ import annotations

import hashlib
import json
import lzma
import math
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any

from infinidoc.benchmarks.machine import describe
from infinidoc.checking.consistency import findings
from infinidoc.checking.finding import Inconsistency
from infinidoc.errors import SourceError
from infinidoc.retrieval.page_sentences import sentences

RULES = ("name", "spelling", "weekday")
JUDGED = Path(__file__).with_name("checking_judged.json")
PAGE = 3000  # characters
EXCERPT = 120_000  # characters of a text that faults are planted in
EACH = 15  # faults of a rule planted in one text
OFTEN = 8  # times a name is said in a text that a slip of it is planted in

PAIRS = """
    colour/color honour/honor favour/favor labour/labor neighbour/neighbor humour/humor
    harbour/harbor favourite/favorite honourable/honorable behaviour/behavior centre/center
    theatre/theater fibre/fiber defence/defense offence/offense pretence/pretense grey/gray
    realise/realize recognise/recognize organise/organize apologise/apologize civilised/civilized
    travelled/traveled traveller/traveler quarrelled/quarreled marvellous/marvelous
    worshipped/worshiped jewellery/jewelry judgement/judgment plough/plow cheque/check
    sceptical/skeptical mould/mold moustache/mustache enquire/inquire gaol/jail
    programme/program catalogue/catalog towards/toward skilful/skillful fulfil/fulfill
    wilful/willful woollen/woolen waggon/wagon storey/story analyse/analyze
""".split()
DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()
MONTHS = (
    "January February March April May June July August September October November December"
).split()
_NAME = re.compile(r"(?<=[a-z,] )[A-Z][a-z]{4,}\b")
_DATE = re.compile(rf"(?<!day )(?<!day, )\b(\d{{1,2}}) ({'|'.join(MONTHS)}),? (1[89]\d\d|20\d\d)\b")
_ENGLISH_DATE = re.compile(
    rf"(?<!day )(?<!day, )\b({'|'.join(MONTHS)}) (\d{{1,2}}), (1[89]\d\d|20\d\d)\b"
)


@dataclass(frozen=True)
class Fault:
    """What was planted: `marks` are all in the `about` of a finding that found it."""

    rule: str
    marks: tuple[str, ...]
    is_wrong: bool = True


def run(
    data: Path, part: str, kinds: list[str], documents: int, skip: int, unjudged: Path | None
) -> None:
    """Print precision with its Wilson interval and recall per rule, and one JSON line.

    What nobody judged is added to the file `unjudged`, a JSON object a line.
    """
    print(describe())
    judged = json.loads(JUDGED.read_text("utf-8"))
    found: dict[str, Counter[str]] = {rule: Counter() for rule in RULES}
    words = 0
    for number, (title, text) in enumerate(_texts(data, part, kinds, documents, skip)):
        words += len(text.split())
        for finding in _found(text):
            name = key(title, finding)
            verdict = judged[finding.kind].get(name)
            found[finding.kind][{1: "true", 0: "false"}.get(verdict, "unjudged")] += 1
            if verdict is None and unjudged is not None:
                with unjudged.open("a", encoding="utf-8") as file:
                    file.write(json.dumps({"key": name, **finding.as_dict(title)}) + "\n")
        planted, faults = plant(text[:EXCERPT], Random(number))
        _count(_found(planted), faults, found)
    table = {rule: _row(counts) for rule, counts in found.items()}
    for rule, row in table.items():
        print(
            f"{rule:9} precision {row['precision']:.2f} ({row['low']:.2f}-{row['high']:.2f}) of "
            f"{row['judged']} judged, {row['unjudged']} unjudged; recall {row['recall']:.2f} of "
            f"{row['planted']} planted; {row['alarms']} of {row['harmless']} harmless ones found"
        )
    print(json.dumps({"benchmark": "checking", "part": part, "words": words, "rules": table}))


def key(title: str, finding: Inconsistency) -> str:
    """The name under which a judgement is kept; it holds nothing of the text."""
    return hashlib.sha256(f"{title}|{finding.about}".encode()).hexdigest()[:10]


def wilson(right: int, of: int) -> tuple[float, float]:
    """The 95 % interval of a share; (0, 1) of none."""
    if not of:
        return 0.0, 1.0
    z, share = 1.96, right / of
    middle = (share + z * z / (2 * of)) / (1 + z * z / of)
    half = z * math.sqrt(share * (1 - share) / of + z * z / (4 * of * of)) / (1 + z * z / of)
    return middle - half, middle + half


def _texts(
    data: Path, part: str, kinds: list[str], documents: int, skip: int
) -> Iterator[tuple[str, str]]:
    """(title, text) of the documents of each kind: books, prose, summaries."""
    for kind in kinds:
        path = data / f"{kind}.{part}.jsonl.xz"
        if not path.exists():
            raise SourceError("no such data", where=path)
        with lzma.open(path, "rt", encoding="utf-8") as lines:
            for row in map(json.loads, islice(lines, skip, skip + documents)):
                yield row.get("title") or row["path"], row.get("text") or row["document"]


def _found(text: str) -> list[Inconsistency]:
    return findings(sentences(_pages(text)))


def _pages(text: str) -> Iterator[dict[str, Any]]:
    at = 0
    for number, start in enumerate(range(0, len(text), PAGE), 1):
        page = text[start : start + PAGE]
        place = {"label": None, "path": None, "line": None, "chapter": 0, "title": None}
        yield {**place, "number": number, "text": page, "start": at, "end": at + len(page)}
        at += len(page)


def _count(
    found: list[Inconsistency], faults: list[Fault], counts: dict[str, Counter[str]]
) -> None:
    for fault in faults:
        hit = any(
            finding.kind == fault.rule and all(mark in finding.about for mark in fault.marks)
            for finding in found
        )
        kind = "planted" if fault.is_wrong else "harmless"
        counts[fault.rule].update({kind: 1, "found" if fault.is_wrong else "alarms": int(hit)})


def _row(counts: Counter[str]) -> dict[str, float]:
    judged = counts["true"] + counts["false"]
    low, high = wilson(counts["true"], judged)
    return {
        "precision": round(counts["true"] / max(judged, 1), 3),
        "low": round(low, 3),
        "high": round(high, 3),
        "recall": round(counts["found"] / max(counts["planted"], 1), 3),
        **{name: counts[name] for name in ("unjudged", "planted", "harmless", "alarms")},
        "judged": judged,
    }


# -- faults ----------------------------------------------------------------------------------


def plant(text: str, chance: Random) -> tuple[str, list[Fault]]:
    """The text with faults of every rule in it, and what they are."""
    changes = [*_slips(text, chance), *_respelled(text, chance), *_weekdays(text, chance)]
    faults, border = [], len(text)
    for start, end, new, fault in sorted(changes, key=lambda change: -change[0]):
        if end <= border:
            text, border = text[:start] + new + text[end:], start
            faults.append(fault)
    return text, faults


Change = tuple[int, int, str, Fault]


def _slips(text: str, chance: Random) -> Iterator[Change]:
    places = [match.span() for match in _NAME.finditer(text)]
    counts = Counter(text[start:end] for start, end in places)
    names = sorted(name for name, count in counts.items() if count >= OFTEN)
    for name in chance.sample(names, min(EACH, len(names))):
        start, end = chance.choice([span for span in places if text[slice(*span)] == name])
        slip = _slip(name, chance)
        if slip not in text:
            yield start, end, slip, Fault("name", (name, slip))


def _slip(name: str, chance: Random) -> str:
    """A slip of a typist: two letters swapped, one left out, doubled or another."""
    at = chance.randrange(1, len(name) - 1)
    head, here, after = name[:at], name[at], name[at + 1 :]
    other = chance.choice([letter for letter in "aeiourstnlcdm" if letter != here])
    slips = [head + after[0] + here + after[1:], head + after, head + here + here + after]
    return chance.choice([*(slip for slip in slips if slip != name), head + other + after])


def _respelled(text: str, chance: Random) -> Iterator[Change]:
    known = []
    for pair in PAIRS:
        one, other = pair.split("/")
        for word, new in ((one, other), (other, one)):
            places = [match.span() for match in re.finditer(rf"\b{word}\b", text)]
            if len(places) > 1 and not re.search(rf"\b{new}", text):
                known.append((places, word, new))
    for places, word, new in chance.sample(known, min(EACH, len(known))):
        yield *chance.choice(places), new, Fault("spelling", (word, new))


def _weekdays(text: str, chance: Random) -> Iterator[Change]:
    places = [(m, (m[3], m[2], m[1])) for m in _DATE.finditer(text)]
    places += [(m, (m[3], m[1], m[2])) for m in _ENGLISH_DATE.finditer(text)]
    for match, (year, month, day) in chance.sample(places, min(EACH, len(places))):
        try:
            right = date(int(year), MONTHS.index(month) + 1, int(day)).weekday()
        except ValueError:
            continue
        wrong = chance.random() < 0.5
        said = DAYS[(right + chance.randrange(1, 7)) % 7 if wrong else right]
        new = f"{said}, {match[0]}"
        yield *match.span(), new, Fault("weekday", (match[0], f"not a {said}"), wrong)
