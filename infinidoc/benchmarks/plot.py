"""Line plots as SVG, without a library: a few series over one axis."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 720, 360, 60, 150, 20, 45
COLOURS = ("#1b6ca8", "#c8553d", "#6b8f3a", "#7a5195")
TICKS = 5
LINE = 14.0  # between two names


def line_plot(
    path: Path, series: Mapping[str, Sequence[tuple[float, float]]], x_name: str, y_name: str
) -> None:
    """Write `series` of points (x, y) to `path`, each with its name at its last point."""
    points = [point for each in series.values() for point in each]
    low_x, high_x = (pick(x for x, _ in points) for pick in (min, max))
    low_y, high_y = (pick(y for _, y in points) for pick in (min, max))

    def at(x: float, y: float) -> tuple[float, float]:
        across = (x - low_x) / ((high_x - low_x) or 1.0)
        up = (y - low_y) / ((high_y - low_y) or 1.0)
        return (
            LEFT + across * (WIDTH - LEFT - RIGHT),
            HEIGHT - BOTTOM - up * (HEIGHT - TOP - BOTTOM),
        )

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        'font-family="sans-serif" font-size="12">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
    ]
    for tick in range(TICKS):
        share = tick / (TICKS - 1)
        x, y = low_x + share * (high_x - low_x), low_y + share * (high_y - low_y)
        across, _ = at(x, low_y)
        _, up = at(low_x, y)
        parts += [
            f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{up:.1f}" y2="{up:.1f}" stroke="#ddd"/>',
            f'<text x="{LEFT - 6}" y="{up + 4:.1f}" text-anchor="end">{y:.4g}</text>',
            f'<text x="{across:.1f}" y="{HEIGHT - BOTTOM + 18}" text-anchor="middle">'
            f"{x:,.0f}</text>",
        ]
    ends = _apart({name: at(*row[-1])[1] for name, row in series.items()})
    for (name, row), colour in zip(series.items(), COLOURS, strict=False):
        places = [at(x, y) for x, y in row]
        line = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
        parts += [
            f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2"/>',
            f'<text x="{places[-1][0] + 6:.1f}" y="{ends[name] + 4:.1f}" fill="{colour}">'
            f"{escape(name)}</text>",
        ]
    middle = (LEFT + WIDTH - RIGHT) / 2
    parts += [
        f'<text x="{middle}" y="{HEIGHT - 8}" text-anchor="middle">{escape(x_name)}</text>',
        f'<text x="14" y="{HEIGHT / 2}" transform="rotate(-90 14 {HEIGHT / 2})" '
        f'text-anchor="middle">{escape(y_name)}</text>',
        "</svg>",
    ]
    path.write_text("\n".join(parts) + "\n", "utf-8")


def _apart(ends: Mapping[str, float]) -> dict[str, float]:
    """Where names stand, so that none covers another: each at its line's end or a little below."""
    places: dict[str, float] = {}
    below = float("-inf")
    for name, end in sorted(ends.items(), key=lambda pair: pair[1]):
        below = places[name] = max(end, below + LINE)
    return places
