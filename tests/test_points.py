"""What is no prose is quoted point by point: lists, slides, logs."""

from __future__ import annotations

import pytest

from infinidoc.grounding.grounding import supported
from infinidoc.retrieval.evidence import Evidence
from infinidoc.summarizing.quotations import cut_points, cut_quotations


@pytest.mark.parametrize(
    ("text", "points"),
    [
        (
            "Plan\n- Deepen the basin\n- Sell the\n  two cranes\n- Hire a pilot\nbefore Easter\n",
            ["Deepen the basin", "Sell the two cranes", "Hire a pilot before Easter"],
        ),
        (
            "1. Open the valve\n2) Close it again\n(3) Wait for the bell\n",
            ["Open the valve", "Close it again", "Wait for the bell"],
        ),
        ("• Eins und zwei\n•\nDrei und vier\n", ["Eins und zwei", "Drei und vier"]),
        ("# Head\n\n* Move the market\n\n## Next\n\n* 40 %\n", ["Move the market"]),
        (
            "10:00:01 INFO pump started\n\n10:00:07 ERROR valve B7 jammed\n17\n",
            ["10:00:01 INFO pump started", "10:00:07 ERROR valve B7 jammed"],
        ),
        ("09:00 | WARN | tank is low\n", ["09:00 | WARN | tank is low"]),
        ("```\nsome code in here\n```\n- Only this point\n", ["Only this point"]),
        ("1 2 3\n4 5 6\n\n---\n", []),
    ],
)
def test_points_of_lists_and_logs(text: str, points: list[str]) -> None:
    found = cut_points(text)
    assert [point.text for point in found] == points
    for point in found:
        assert " ".join(text[point.start : point.end].split()) == point.text


@pytest.mark.parametrize(
    ("text", "answer", "line"),
    [
        ("10:00:01 INFO pump started\n10:00:07 ERROR valve B7 jammed\n", "jammed", 8),
        ("[2026-01-02 10:00] pump\n  at main\n[2026-01-02 10:01] valve B7\n", "valve B7", 9),
        ("Plan\n- Deepen the basin\n- Hire a second\n  pilot\n", "a pilot", 9),
        ("The valve\nof the mill\njammed.\n", "jammed", 7),
    ],
)
def test_a_citation_has_the_line_of_its_point(text: str, answer: str, line: int) -> None:
    support = supported(answer, [text])
    passage = Evidence("log", 1, None, None, 7, 0, len(text), text, 1.0)
    assert passage.as_citation(support.start, support.end)["line"] == line


@pytest.mark.parametrize(
    "text",
    [
        "1. Over: What is a lamp?\n1.1. The first of all lamps\n1.2. Oil\n2. How is it lit?\n",
        "Copyright 2019 The Lamp Makers.\n\nIt may be copied by all.\n\nSo may its parts be.\n",
        "The Lamp Makers keep it, write to lamps@example.org on any day.\n",
    ],
)
def test_contents_notices_and_addresses_are_no_sentences(text: str) -> None:
    said = "The lamp was lit at six by the keeper."
    assert [one.text for one in cut_quotations(f"{text}\n{said}\n")] == [said]


def test_sentences_without_spaces_are_quoted_and_their_lines_joined() -> None:
    (said,) = cut_quotations("灯台守は毎晩六時に\n    灯をともした。")
    assert said.text == "灯台守は毎晩六時に灯をともした。"
    assert 4 <= said.words <= 10
