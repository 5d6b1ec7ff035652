"""What is counted is what stands there; what is the same is told from what is not."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from infinidoc.grounding.agreement import agree, said_before, values
from infinidoc.retrieval.evidence import places_in_words
from infinidoc.retrieval.mentions import find_mentions, forms_of, pattern_of
from infinidoc.retrieval.proper_names import names_on
from infinidoc.text.phrases import joined

# -- counting ---------------------------------------------------------------------------------


def pages_of(text: str, cuts: list[int]) -> list[dict[str, Any]]:
    """`text` as page rows, cut at some places."""
    ends = [*sorted({cut % (len(text) + 1) for cut in cuts}), len(text)]
    rows, start = [], 0
    for number, end in enumerate(ends, 1):
        page = {"number": number, "label": None, "title": None, "path": None, "line": 1}
        rows.append({**page, "start": start, "end": end, "text": text[start:end]})
        start = end
    return rows


WORDS = st.sampled_from(
    ["lamp", "lamps", "Lamp's", "lamplight", "oil", "lamp oil", "the", "lamps'", "x_lamp", "LAMP"]
)

SPACES = st.sampled_from([" ", "\n", ", ", ". ", "  ", "-", "\n\n", "’s "])


@settings(deadline=None, max_examples=200)
@given(st.lists(st.tuples(WORDS, SPACES)), st.lists(st.integers(0, 400), max_size=6))
def test_counts_are_those_of_the_whole_text(parts: list[tuple[str, str]], cuts: list[int]) -> None:
    """However the text is cut into pages, and against a count that knows no patterns."""
    text = "".join(word + space for word, space in parts)
    counted = list(find_mentions(pages_of(text, cuts), pattern_of("lamp"), "d"))
    tokens = re.split(r"\W+", text.lower())
    assert len(counted) == tokens.count("lamp") + tokens.count("lamps")
    for mention in counted:
        assert text[mention.start :].lower().startswith("lamp")
        quoted = mention.evidence
        assert text[quoted.start : quoted.end] == quoted.text
        assert quoted.start <= mention.start < quoted.end
    phrase = pattern_of("lamp oil")
    whole = [match.start() for match in phrase.finditer(text)]
    assert [m.start for m in find_mentions(pages_of(text, cuts), phrase, "d")] == whole


def test_forms_of_a_word() -> None:
    assert set(forms_of("captain")) == {"captain", "captains"}
    assert set(forms_of("parties")) == {"party", "parties"}
    assert set(forms_of("boxes")) == {"box", "boxes"}
    assert set(forms_of("glass")) == {"glass", "glasses"}
    assert set(forms_of("Rook's")) == {"Rook", "Rooks"}
    assert pattern_of("C++").search("in C++, not C")
    assert not pattern_of("cat").search("concatenate cat_food")


@pytest.mark.parametrize(
    ("word", "text", "found"),
    [
        ("灯塔", "旧灯塔的钥匙。灯\n塔建于", ["灯塔", "灯\n塔"]),
        ("王小明", "由王小明保管。", ["王小明"]),
        ("333", "高さは333メートル、x333と3333", ["333"]),
        ("タワー", "東京ﾀﾜｰの", ["ﾀﾜｰ"]),
        ("Tシャツ", "白いＴシャツを、aTシャツ", ["Ｔシャツ"]),
        ("ประภาคาร", "ที่ประภาคารเก่า", ["ประภาคาร"]),
        ("ก", "กา กี", ["ก"]),  # a vowel sign above is a part of its letter
        ("ແມວ", "ເຫັນແມວດຳ", ["ແມວ"]),
        ("ឆ្មា", "មានឆ្មាខ្មៅ", ["ឆ្មា"]),
        ("ကြောင်", "သူကြောင်ကို", ["ကြောင်"]),
        ("등대", "등대 밑. 등대지기", ["등대"]),  # Korean has spaces
    ],
)
def test_scripts_without_spaces_have_words_anywhere(word: str, text: str, found: list[str]) -> None:
    for cut in range(len(text)):
        mentions = list(find_mentions(pages_of(text, [cut]), pattern_of(word), "d"))
        written = [text[m.start :][: len(form)] for m, form in zip(mentions, found, strict=True)]
        assert written == found
        assert len({mention.form for mention in mentions}) <= 1


def test_places_in_words() -> None:
    rows = pages_of("One lamp.\nTwo lamps.\n", [10])
    found = [m.evidence for m in find_mentions(rows, pattern_of("lamp"), "d")]
    assert places_in_words(found, rows) == "on pages 1 and 2"
    assert places_in_words(found[:1], rows[:1]) == "on line 1"
    assert joined(list("abcde"), 3) == "a, b, c and 2 more"


LINES_OF_WORDS = [
    ("a.c:3: error: one\nb.c:9: error: two\nwarning\nc.c:4: error: three\n", "error", [1, 2, 4]),
    ("The old keeper of\nthe light had a\nlamp. Then he met\nanother\nlamp.\n", "lamp", [3, 5]),
    ("warn stalled\nok\nwarn stalled\n", "stalled", [1, 3]),
    ("a green\nledger and the green ledger\n", "green ledger", [1, 2]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "word", "lines"), LINES_OF_WORDS)
def test_the_line_is_that_of_the_word(text: str, word: str, lines: list[int]) -> None:
    """Not that of its sentence; what is cited begins on that line."""
    found = [m.evidence for m in find_mentions(pages_of(text, []), pattern_of(word), "d")]
    assert [passage.line for passage in found] == lines
    assert [passage.as_json()["line"] for passage in found] == lines
    for passage in found:
        assert text.split("\n")[(passage.line or 0) - 1].startswith(
            passage.as_citation()["text"].split("\n")[0]
        )


def test_a_row_is_quoted_by_itself() -> None:
    text = "id; text\nid: 1; text: lamp\nid: 2; text: oil\nid: 3; text: lamp\n"
    rows = [{**page, "label": "rows 1-4"} for page in pages_of(text, [])]
    found = [m.evidence for m in find_mentions(rows, pattern_of("lamp"), "d")]
    assert [passage.where() for passage in found] == ["row 2", "row 4"]
    assert [passage.text for passage in found] == ["id: 1; text: lamp", "id: 3; text: lamp"]
    assert places_in_words(found, rows) == "in row 2 and row 4"


def test_pages_of_one_label_are_told_apart() -> None:
    rows = pages_of("A lamp.\nA lamp.\nOil.\nA lamp.\n", [8, 16, 21])
    labelled = [{**row, "label": label} for row, label in zip(rows, "i1i1", strict=True)]
    found = [m.evidence for m in find_mentions(labelled, pattern_of("lamp"), "d")]
    said = "on pages i (sheet 1), 1 (sheet 2) and 1 (sheet 4)"
    assert places_in_words(found, labelled) == said
    once = [{**row, "label": label} for row, label in zip(rows, "iv12", strict=True)]
    found = [m.evidence for m in find_mentions(once, pattern_of("lamp"), "d")]
    assert places_in_words(found, once) == "on pages i, v and 2"


# -- the same ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("1884", "in 1884", True),
        ("1884", "1879", False),
        ("fourteen", "a crew of 14", True),
        ("eleven hundred crowns", "1,100 crowns", True),
        ("Ruth Pell", "The keeper is Ruth Pell.", True),
        ("Ruth Pell", "Thomas Vey", False),
        ("3.5 m", "3.5 metres", True),
    ],
)
def test_answers_agree_or_not(one: str, other: str, same: bool) -> None:
    assert agree(one, other) is same
    assert agree(other, one) is same


def test_numbers_by_value() -> None:
    assert values("twenty-three of 1,100 and 4.5") == {23.0, 1100.0, 4.5}
    assert values("two thousand and five") == {2005.0}
    assert said_before("the lamp", ["a lamp of brass"])
    assert not said_before("lamp 2", ["lamp 1"])


def test_names_are_counted_in_all_their_forms() -> None:
    text = (
        "Captain Aldous Venn sailed from Marrow Bay. The cook was called Hanne Brodd. "
        "In the harbour of Marrow Bay the captain laughed, and Venn said nothing. Nobody did.\n"
    )
    names = {name.words: name.count for name in names_on(pages_of(text, []))}
    assert names == {"Aldous Venn": 2, "Marrow Bay": 2, "Hanne Brodd": 1}
