"""Levels of a log's lines, in the ways that programs write them; none where there is no log."""

from __future__ import annotations

import pytest

from infinidoc.logs.severity import Severity, level_format_of, severity_meant

FATAL, ERROR, WARNING, BELOW = (
    Severity.FATAL,
    Severity.ERROR,
    Severity.WARNING,
    Severity.BELOW,
)
LOGS = {
    "plain": """
        2026-03-02T04:12:01Z info  backup: no error so far
        2026-03-02T04:13:07Z warn  disk: error count rose
        2026-03-02T04:13:09Z error storage: write timed out
        2026-03-02T04:13:10Z info  storage: back""",
    "brackets": """
        [Sun Mar 01 04:47:44 2026] [notice] init() ok
        [Sun Mar 01 04:47:45 2026] [warn] child in error state
        [Sun Mar 01 04:47:46 2026] [error] child died
        [Sun Mar 01 04:47:47 2026] [info] restarted after error""",
    "java": """
        2026-03-02 18:01:47,978 INFO [main] org.example.Error: made
        2026-03-02 18:01:48,101 WARN [pool ERROR 1] org.example.Pool: slow
        2026-03-02 18:01:48,102 ERROR [main] org.example.Pool: gone
        2026-03-02 18:01:49,102 INFO [main] org.example.Pool: WARN is over""",
    "python": """
        INFO:root:begun
        WARNING:root:ERROR ahead
        ERROR:root:failed
        INFO:root:over""",
    "pino": """
        {"level":30,"time":1772604039000,"pid":41,"msg":"no error, \\"level\\":50 is"}
        {"level":40,"time":1772604040000,"pid":41,"msg":"slow"}
        {"level":50,"time":1772604041000,"pid":41,"msg":"gateway timed out"}
        {"level": 30, "time": 1772604042000, "pid": 41, "msg": "served"}""",
    "journal": """
        {"__REALTIME_TIMESTAMP":"1772604039000000","PRIORITY":"6","MESSAGE":"Started"}
        {"__REALTIME_TIMESTAMP":"1772604040000000","PRIORITY":"4","MESSAGE":"error near"}
        {"__REALTIME_TIMESTAMP":"1772604041000000","MESSAGE":"gone","PRIORITY":"3"}
        {"__REALTIME_TIMESTAMP":"1772604042000000","PRIORITY":"5","MESSAGE":"warn"}""",
    "logfmt": """
        time=2026-03-02T04:12:01Z level=info msg="error budget full"
        time=2026-03-02T04:12:02Z level=warn msg=slow
        time=2026-03-02T04:12:03Z level=error msg=lost
        time=2026-03-02T04:12:04Z level=info msg=found""",
    "json": """
        {"time": "2026-03-02T04:12:01Z", "level": "info", "msg": "no error"}
        {"time": "2026-03-02T04:12:02Z", "level": "warning", "msg": "slow"}
        {"time": "2026-03-02T04:12:03Z", "level": "error", "msg": "lost"}
        {"time": "2026-03-02T04:12:04Z", "level": "info", "msg": "found"}""",
    "android": """
        03-17 16:13:38.811  1702  2395 D WindowManager: Error opening
        03-17 16:13:38.819  1702  8671 W PowerManager: low
        03-17 16:13:38.820  1702  8671 E PowerManager: gone
        03-17 16:13:38.821  1702  8671 I PowerManager: back""",
    "glog": """
        I0302 04:13:09.123456 12 file.cc:10] begun
        W0302 04:13:09.123457 12 file.cc:11] slow
        E0302 04:13:09.123458 12 file.cc:12] lost
        I0302 04:13:09.123459 12 file.cc:13] found""",
}  # fmt: skip
COMPILED = """
        src/a.c:2:24: note: declared here
        src/a.c:2:24: warning: unused variable
        main.cpp(12): error C2065: undeclared
        CMake Error at CMakeLists.txt:5 (find_package):
        lib/b.c:7: fatal error: no such file"""  # fmt: skip
NONE = {
    "a novel": "It was an error to come.\nThe warning came, and he ran.\nFatal hours.\n" * 3,
    "syslog": """
        Jun 14 15:16:01 combo sshd[19939]: authentication failure; error 3
        Jun 14 15:16:02 combo sshd[19937]: check pass; user unknown
        Jun 15 02:04:59 combo sshd[20882]: session opened
        Jun 15 02:05:59 combo su[20882]: session closed""",
    "players": '{"player": "x", "level": 7, "at": "10:00"}\n{"player": "y", "level": 10}\n' * 3,
    "a manual": "Warning: hot.\nDo not touch it.\nNote: cold.\nThen wait.\nThen look.\nThen go.\n",
    "nothing": "",
}


@pytest.mark.parametrize("name", LOGS)
def test_the_level_is_the_one_that_the_program_gave(name: str) -> None:
    lines = [line.strip() for line in LOGS[name].strip().splitlines()]
    severities = level_format_of(lines)
    assert severities is not None
    assert [severities.of(line) for line in lines] == [BELOW, WARNING, ERROR, BELOW]
    assert severities.of("    at org.example.Pool.run(Pool.java:17) error") is None


def test_compilers_write_levels_behind_a_place() -> None:
    lines = ["make: Entering directory", *(line.strip() for line in COMPILED.strip().splitlines())]
    severities = level_format_of(lines)
    assert severities is not None
    found = [severities.of(line) for line in lines]
    assert found == [None, BELOW, WARNING, ERROR, ERROR, ERROR]


@pytest.mark.parametrize("name", NONE)
def test_other_texts_have_no_levels(name: str) -> None:
    assert level_format_of(line.strip() for line in NONE[name].strip().splitlines()) is None


@pytest.mark.parametrize(
    ("words", "level"),
    [("errors", ERROR), ("first warning", WARNING), ("a FATAL one", FATAL), ("failed", None)],
)
def test_a_question_names_a_level(words: str, level: Severity | None) -> None:
    assert severity_meant(words) == level
