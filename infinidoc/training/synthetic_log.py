"""Logs that are made up, each with a question and where its answer is.

Everything depends on the given chance alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from random import Random

from infinidoc.training.pointed import Asked
from infinidoc.training.synthetic import GOODS, PEOPLE, Question, filled, of_lines, scripts

ORDER = 0.4  # how often a log is asked what came first, last or next

_HOSTS = "db1 db2 web3 cache7 queue4 auth2 proxy9 worker12 gateway1 mail5".split()
_PARTS = """
auth authd auth-api auth-worker billing billingd billing-api billing-worker search searchd
search-api search-worker upload uploadd upload-api upload-worker mail maild mail-api mail-worker
cache cached cache-api cache-worker index indexd index-api index-worker
""".split()
_REASONS = ("permission denied", "no such file", "too many open files", "checksum mismatch")
_EVENTS = """
INFO {part} started on port {port}
    On which port does {part} listen? -> port
    When did {part} start? -> time
    When was {part} started? -> time
ERROR {part} connection to {host} timed out after {n} s
    After how long did the connection to {host} time out? -> {n} s
    When did the connection to {host} time out? -> time
    Which host did {part} fail to reach? -> host
    What went wrong with {part}? -> connection to {host} timed out after {n} s
WARN {part} disk {disk} is {p}% full
    How full is {disk}? -> {p}%
    Which disk is nearly full? -> disk
    What did {part} warn about? -> disk {disk} is {p}% full
INFO user {user} logged in from {ip}
    From where did {user} log in? -> ip
    Who logged in from {ip}? -> user
    When did {user} log in? -> time
ERROR {part} failed to open {file}: {why}
    Why could {file} not be opened? -> why
    Which file could {part} not open? -> file
    When did opening {file} fail? -> time
INFO backup of {db} finished in {n} minutes, {m} MB
    How long did the backup of {db} take? -> {n} minutes
    How large was the backup of {db}? -> {m} MB
    When did the backup of {db} finish? -> time
FATAL {part} exited with code {code}
    With what code did {part} exit? -> code
    What exited with code {code}? -> part
    When did {part} crash? -> time
INFO deployed version {version} of {part} by {user}
    Which version of {part} was deployed? -> version
    Who deployed {part}? -> user
    When was {version} deployed? -> time
WARN request {file} took {m} ms
    How long did the request {file} take? -> {m} ms
    Which request was slow? -> file
INFO {part} snapshot of {db} ok ({m} MB)
    How large is the snapshot of {db}? -> {m} MB
ERROR {part} snapshot of {db} failed: {why}
    Why did the snapshot of {db} fail? -> why
WARN {part} retrying in {n} s
    When will {part} try again? -> in {n} s
ERROR {part} write to {disk} failed, {db} is read-only now
    What happened when {disk} failed? -> {db} is read-only now
    Why is {db} read-only? -> write to {disk} failed
ERROR {part} cannot append to {file}: {why}
    Why could {part} not append to {file}? -> why
WARN {part} answers 503, {n} requests are waiting
    How many requests are waiting for {part}? -> {n} requests
INFO page sent to {user} ({part} unavailable)
    Who was paged? -> user
    When was the page sent? -> time
    Why was {user} paged? -> {part} unavailable
INFO {part} resumed, {n} jobs done
    How many jobs did {part} do? -> {n} jobs
ERROR out of memory: killed process {port} ({part})
    Why was {part} killed? -> out of memory
INFO moved {db} to {host}, read-write again
    Where was {db} moved to? -> host
"""
_LEVELS = ("{0} ", "{0:5} ", "[{0}] ", "{0}: ", "level={0} ", "<{0}> ")
_FAULTS = ("ERROR", "FATAL")
_IN_ORDER: tuple[tuple[int, tuple[str, ...], tuple[str, ...]], ...] = (
    (
        0,
        _FAULTS,
        (
            "What failed first?",
            "What was the first error?",
            "What went wrong first?",
            "Which error came first?",
            "How did the trouble begin?",
            "What broke first?",
        ),
    ),
    (
        -1,
        _FAULTS,
        (
            "What failed last?",
            "What was the last error?",
            "Which error came last?",
            "What is the latest failure?",
        ),
    ),
    (0, ("WARN",), ("What was the first warning?", "What was warned of first?")),
    (-1, ("WARN",), ("What was the last warning?", "Which warning came last?")),
)
_AT_TIME = ("What happened at {}?", "What is logged at {}?", "What does the line of {} say?")
_NEXT = ('What happened after "{}"?', 'What came next after "{}"?', 'What followed "{}"?')


def log(chance: Random) -> Asked:
    """Some lines of a log, one of them asked about, or their order."""
    now, day = chance.randrange(86_000), date(2023, 1, 1) + timedelta(chance.randrange(1200))
    form = chance.choice(("{d} {t}", "[{d}T{t}Z]", "{d}T{t}Z", "{t}", "{d:%b %d} {t}", "[{t}]"))
    style, small = chance.choice(_LEVELS), chance.random() < 0.5
    events, parts = scripts(_EVENTS), chance.sample(_PARTS, 14)
    colon = chance.choice((" ", ": "))
    lines: list[str] = []
    questions: list[Question] = []
    happened: list[tuple[str, str, str]] = []
    for line in range(chance.randrange(4, 13)):
        now = (now + chance.randrange(1, 900)) % 86_400
        stamp = f"{now // 3600:02}:{now // 60 % 60:02}:{now % 60:02}"
        text, asked = chance.choice(events)
        slots = {"time": stamp, "part": parts[line], **_values(chance)}
        level, _, said = text.partition(" ")
        message = said.replace("{part} ", "{part}" + colon, said.startswith("{part} "))
        message = message.format(**slots)
        shown = style.format(level.lower() if small else level)
        lines.append(f"{form.format(d=day, t=stamp)} {shown}{message}")
        happened.append((level, stamp, message))
        column = len(lines[-1]) - len(message)
        questions += [
            (q.format(**slots), filled(key, slots), line, 0 if key == "time" else column)
            for q, key in asked
        ]
    if chance.random() < ORDER:
        return _ordered(lines, happened, chance)
    words = [question for question, *_ in questions]
    once = [asked for asked in questions if words.count(asked[0]) == 1]
    return of_lines("log", lines, chance.choice(once or questions), "\n", chance)


def _ordered(lines: list[str], events: list[tuple[str, str, str]], chance: Random) -> Asked:
    """What came first, last, next, or at a time; where there is none of it, there is no answer."""
    text, way = "\n".join(lines), chance.random()
    if way < 0.6:
        place, levels, questions = chance.choice((*_IN_ORDER[:1], *_IN_ORDER))
        found = [at for at, (level, _, _) in enumerate(events) if level in levels]
        at = found[place] if found else -1
        question = chance.choice(questions)
    elif way < 0.8:
        at = chance.randrange(len(lines))
        question = chance.choice(_AT_TIME).format(events[at][1])
    else:
        at = chance.randrange(1, len(lines))
        question = chance.choice(_NEXT).format(events[at - 1][2])
    if at < 0:
        return Asked("log", question, (text,), ())
    low = len("\n".join([*lines[:at], lines[at]])) - len(events[at][2])
    return Asked("log", question, (text,), ((0, low, low + len(events[at][2])),))


def _values(chance: Random) -> dict[str, str]:
    return {
        "port": str(chance.randrange(1024, 9999)),
        "host": chance.choice(_HOSTS),
        "n": str(chance.randrange(2, 90)),
        "m": str(chance.randrange(100, 90_000)),
        "disk": f"/dev/sd{chance.choice('abcd')}{chance.randrange(1, 5)}",
        "p": str(chance.randrange(81, 100)),
        "user": chance.choice(PEOPLE).lower(),
        "ip": _dotted(chance, range(1, 255), 4),
        "file": "/" + "/".join(chance.sample(GOODS, 2)),
        "why": chance.choice(_REASONS),
        "db": chance.choice(("orders", "users", "events", "ledger")),
        "code": str(chance.randrange(1, 140)),
        "version": _dotted(chance, range(20), 3),
    }


def _dotted(chance: Random, numbers: Sequence[int], count: int) -> str:
    return ".".join(str(chance.choice(numbers)) for _ in range(count))
