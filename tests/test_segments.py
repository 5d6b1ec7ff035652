"""Blocks are cut the same way however the tokens arrive."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from infinidoc.segments import BlockCutter, Token


def tokens(count: int) -> list[Token]:
    return [(n % 7, 3 * (n + 1)) for n in range(count)]


@given(
    count=st.integers(0, 100),
    cuts=st.lists(st.integers(0, 100), max_size=6),
)
def test_blocks_do_not_depend_on_how_tokens_arrive(count: int, cuts: list[int]) -> None:
    whole, pieces = BlockCutter(4, 3), BlockCutter(4, 3)
    expected = list(whole.feed(tokens(count)))
    found, borders = [], sorted({0, count, *(cut for cut in cuts if cut < count)})
    for low, high in zip(borders, borders[1:], strict=False):
        found += pieces.feed(tokens(count)[low:high])
    assert found == expected
    assert pieces.close() == whole.close()


def test_segments_know_their_place() -> None:
    cutter = BlockCutter(4, 2)
    (block,) = cutter.feed(tokens(10))
    first, second = block.segments
    assert (first.number, first.token_start, first.start, first.end) == (0, 0, 0, 12)
    assert (second.number, second.token_start, second.start, second.end) == (1, 4, 12, 24)
    last = cutter.close()
    assert last is not None
    assert [segment.token_start for segment in last.segments] == [8]
    assert last.segments[0].start == 24
    assert len(last.ids) == 2
    assert cutter.tail == tokens(10)[8:]  # closing changes nothing


def test_a_cutter_taken_up_later_cuts_the_same() -> None:
    whole = BlockCutter(4, 2)
    blocks = list(whole.feed(tokens(40)))
    later = BlockCutter(4, 2, tokens_seen=16, at=48)
    assert list(later.feed(tokens(40)[16:])) == blocks[2:]
