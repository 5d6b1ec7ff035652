"""The gauge itself: one line of text per second, the level in millimetres."""

from collections.abc import Iterator


def readings(port: str) -> Iterator[float]:
    """Levels in metres. Lines with a wrong checksum are skipped."""
    with open(port, encoding="ascii", errors="replace") as line_stream:
        for line in line_stream:
            level = parse(line)
            if level is not None:
                yield level


def parse(line: str) -> float | None:
    """`L=04120*3B` is 4.120 m; the two digits after the star are the sum of the others."""
    body, _, checksum = line.strip().partition("*")
    if not body.startswith("L=") or not checksum:
        return None
    if sum(body.encode()) % 256 != int(checksum, 16):
        return None
    return int(body[2:]) / 1000
