"""What is no prose is quoted point by point: lists, slides, logs."""

from __future__ import annotations

import pytest

from infinidoc.answering.points import cut_points


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
