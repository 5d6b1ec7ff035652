"""A summary says what the text says, says where, and knows nothing after the border."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest

import infinidoc
from infinidoc.answering import generate
from infinidoc.errors import UsageError
from infinidoc.grounding.grounding import Grounding, near_duplicates
from infinidoc.library import Library
from infinidoc.store import Store
from infinidoc.summarizing.abstraction import checked
from infinidoc.summarizing.extraction import quote
from infinidoc.summarizing.quotations import cut_quotations
from infinidoc.summarizing.sections import MEASURES, Sections
from infinidoc.summarizing.summary import ALL_QUOTED
from infinidoc.text.numbers import numbers

TALE = """\
Captain Aldous Venn kept two ledgers in the year 1842. His daughter Isolde wound the
chronometer at noon, forty turns. Tobias Rook owed eleven hundred crowns to a moneylender.
Nobody aboard knew of the debt. Mr. Penhallow had broken his hip on the ice.
"""
SENTENCES = [sentence.text for sentence in cut_quotations(TALE)]


@pytest.fixture
def store() -> Iterator[Store]:
    with Store(None) as store:
        yield store


def fill(store: Store, chapters: list[tuple[str, str]], kind: str = "markdown") -> int:
    """A finished document of these chapters, without a model."""
    document = store.add_document("book", kind, {}, "/book", "0" * 64)
    store.add_part(document, "/book", kind, "0" * 64, 1, 0)
    extend(store, document, chapters)
    return document


def extend(store: Store, document: int, chapters: list[tuple[str, str]]) -> None:
    row = store.document(document)
    at, number = row["characters"], row["pages"]
    for title, text in chapters:
        number += 1
        store.add_pages(document, [page(number, title, text, at, row["kind"])])
        passage = {"page": number, "start": at, "end": at + len(text), "line": 1, "text": text}
        store.add_passages(document, [passage])
        at += len(text)
    store.update_document(document, pages=number, characters=at, status="complete")


def page(number: int, title: str, text: str, at: int, kind: str) -> dict[str, Any]:
    place = {"number": number, "label": None, "line": 1, "start": at, "end": at + len(text)}
    path = title if kind == "code" else None
    return {**place, "title": title, "chapter": 1, "path": path, "text": text, "problem": None}


def chapter(word: str, count: int = 12) -> str:
    """Sentences about one thing, each different from the others."""
    things = "anchor lantern ledger harbour compass barrel island tower signal winter silver cook"
    names = things.split()
    return "".join(
        f"The {names[n]} of the {names[(n + 3) % 12]} had {word} for the {names[(n + 7) % 12]}.\n"
        for n in range(count)
    )


def summarizing(store: Store, document: int, **options: Any) -> Any:
    from infinidoc.summarizing.summary import SummaryStream

    def no_model() -> Any:
        raise AssertionError("no model is needed to quote")

    return SummaryStream(store, no_model, store.document(document), **options)


def summarize(store: Store, document: int, **options: Any) -> dict[str, Any]:
    made = summarizing(store, document, **options)
    list(made)
    return dict(made.result.as_dict())


# -- sentences and what bears them out -------------------------------------------------------


def test_sentences_are_whole_and_stand_where_they_say() -> None:
    text = "# A heading.\n\nMr. Venn had 4.5 knots\nof wind. and a tail. He ran!\n"
    text += "\n```\nx = f. Y.\n```\n"
    found = cut_quotations(text)
    assert [s.text for s in found] == ["Mr. Venn had 4.5 knots of wind. and a tail."]
    assert " ".join(text[found[0].start : found[0].end].split()) == found[0].text
    assert len(SENTENCES) == 5


@pytest.mark.parametrize(
    "said",
    [
        "Isolde, his daughter, wound the chronometer forty turns at noon.",
        "Rook owed a moneylender 1,100 crowns.",
        "Penhallow had broken his hip.",
    ],
)
def test_what_the_text_bears_out_stands(said: str) -> None:
    assert Grounding(SENTENCES).in_window(said).passage is not None


@pytest.mark.parametrize(
    "said",
    [
        "Isolde wound the chronometer at noon, fifty turns.",  # another number
        "Rook owed forty crowns to a moneylender.",  # a number of something else
        "Captain Hargreaves kept two ledgers in the year 1842.",  # a name that is not there
        "Captain Venn kept two ledgers in the year 1843.",
        "Somebody aboard knew of the debt.",  # the denial is gone
        "The dragon set the burning castle alight at midnight.",
        "Venn married Isolde's sister in a chapel on the ice.",
    ],
)
def test_inventions_do_not_stand(said: str) -> None:
    assert Grounding(SENTENCES).in_window(said).passage is None


def test_numbers_have_values() -> None:
    text = "Eleven hundred, 1,100 and twenty-one; the third of 4.20 metres; one of them."
    assert list(numbers(text)) == [1100, 1100, 21, 3, 4.2]


def test_loops_and_repetitions_are_cut() -> None:
    heard = cut_quotations(TALE)
    loop = " ".join(["Nobody aboard knew of the debt."] * 5)
    written = f"{loop} The king of Spain sailed home to Madrid. Rook owed eleven hundred crowns."
    lines = checked(written, heard)
    assert [line.text for line in lines] == [
        "Rook owed eleven hundred crowns.",
        "Nobody aboard knew of the debt.",
    ]
    assert near_duplicates("The debt was unknown.", "The debt was unknown!")


def test_quotations_are_spread_and_hear_the_end() -> None:
    sentences = cut_quotations(chapter("wind"))
    lines = quote(sentences, 3, 90)
    assert len(lines) == 3
    assert lines == sorted(lines, key=lambda line: line.start)
    assert lines[-1].start >= sentences[int(len(sentences) * 0.8)].start
    assert {line.text for line in lines} <= {sentence.text for sentence in sentences}


def test_one_sentence_does_not_take_all_words() -> None:
    long = f"We tell here of {' and '.join(f'lamp{n}' for n in range(35))}.\n"
    lines = quote(cut_quotations(long + prose(9)), 3, 90)
    assert len(lines) == 3
    assert not any("lamp7" in line.text for line in lines)


# -- sections, kept and extended -------------------------------------------------------------


def prose(sentences: int) -> str:
    """Sentences that say nothing again."""
    chance = Random(sentences)
    letters = "abcdefghijklmnopqrstuvwxyz"
    said = (["".join(chance.sample(letters, 6)) for _ in range(9)] for _ in range(sentences))
    return "\n".join(f"The {' '.join(words)} was there." for words in said)


@pytest.mark.parametrize(
    ("sentences", "counts"), [(5, [3, 3, 4]), (15, [3, 5, 5]), (90, [3, 6, 12])]
)
def test_a_longer_summary_is_longer(store: Store, sentences: int, counts: list[int]) -> None:
    """Also of a text that has fewer pages than a length has sections."""
    document = fill(store, [("", prose(sentences))])
    said = [summarize(store, document, length=name)["sections"][0] for name in MEASURES]
    assert [len(section["sentences"]) for section in said] == counts


@pytest.mark.parametrize(("chapters", "counts"), [(1, [3, 6, 12]), (2, [1, 5, 12]), (9, [1, 2, 5])])
def test_so_it_is_by_chapter(store: Store, chapters: int, counts: list[int]) -> None:
    text = [(f"Chapter {n}", prose(40 + n)) for n in range(chapters)]
    document = fill(store, text)
    said = [summarize(store, document, by="chapter", length=name) for name in MEASURES]
    assert [len(one["sections"][0]["sentences"]) for one in said] == counts


def test_a_title_is_no_sentence_of_a_summary(store: Store) -> None:
    title = "Of the Lamps: What Is a Lamp?"
    document = fill(store, [(title, f"{title}\n\nThe lamp was lit at six by the keeper.\n")])
    said = summarize(store, document, length="short")["sections"][0]["sentences"]
    assert [one["text"] for one in said] == ["The lamp was lit at six by the keeper."]


def test_points_are_quoted_only_where_sentences_are_few(store: Store) -> None:
    long = "".join(
        f"The keeper of lamp {n} wrote {' and '.join(f'word{n}x{m}' for m in range(30))}.\n\n"
        for n in range(30)
    )
    document = fill(store, [("", f"{long}- Rope and tar\n- Oil and wick\n")])
    said = summarize(store, document, length="short")["sections"][0]["sentences"]
    assert all(one["text"].startswith("The keeper") for one in said)


def test_every_sentence_of_a_summary_can_be_looked_up(store: Store) -> None:
    document = fill(store, [(f"Chapter {w}", chapter(w)) for w in ("wind", "salt", "moon")])
    result = summarize(store, document, by="chapter")
    assert [section["title"] for section in result["sections"]] == [
        "Chapter wind",
        "Chapter salt",
        "Chapter moon",
    ]
    for section in result["sections"]:
        assert section["sentences"]
        for sentence in section["sentences"]:
            assert list(sentence) == ["text", "page", "label", "path", "line", "support"]
            text = store.page(document, sentence["page"])["text"]
            assert text.splitlines()[sentence["line"] - 1] == sentence["text"]
            assert sentence["support"] == 1.0
    assert all(passage["score"] == 1.0 for passage in result["evidence"])
    json.dumps(result)


def test_what_was_finished_is_kept_when_interrupted(store: Store) -> None:
    document = fill(store, [(f"Chapter {w}", chapter(w)) for w in ("wind", "salt", "moon")])
    first = next(iter(summarizing(store, document, by="chapter")))
    made: list[str] = []
    real = store.save_summary
    store.save_summary = lambda *a: (made.append(a[1]), real(*a))[1]  # type: ignore[method-assign]
    result = summarize(store, document, by="chapter")
    assert len(made) == 2
    assert result["sections"][0] == first.as_dict()
    assert not result["cached"]
    assert summarize(store, document, by="chapter", style="points")["cached"]


@pytest.mark.parametrize("options", [{"by": "chapter"}, {"length": "medium"}])
def test_what_did_not_change_is_kept_when_the_document_grows(
    store: Store, options: dict[str, Any]
) -> None:
    document = fill(store, [(f"Chapter {n}", chapter(w)) for n, w in enumerate(["wind", "salt"])])
    before = summarize(store, document, **options)["sections"]
    row = store.document(document)
    store.add_part(document, "/more", "text", "1" * 64, row["pages"] + 1, row["characters"])
    extend(store, document, [("Chapter 2", chapter("moon"))])
    after = summarize(store, document, **options)
    assert after["sections"][: len(before)] == before
    assert len(after["sections"]) > len(before)
    assert not after["cached"]


def test_shares_are_even_and_leave_nothing_out(store: Store) -> None:
    document = fill(store, [(f"Chapter {n}", "x" * 100) for n in range(10)])
    for count in (1, 3, 10, 20):
        sections = Sections(store, store.document(document), 10).by_share(count)
        pages = [n for section in sections for n in range(section.first, section.last + 1)]
        assert pages == list(range(1, 11))
        sizes = [section.last - section.first for section in sections]
        assert max(sizes) - min(sizes) <= 1


def test_a_focus_keeps_to_what_concerns_it(store: Store) -> None:
    document = fill(store, [(f"Chapter {w}", chapter(w)) for w in ("wind", "salt", "moon")])
    result = summarize(store, document, by="chapter", focus="salt and silver")
    texts = [s["text"] for section in result["sections"] for s in section["sentences"]]
    assert texts
    assert all("salt" in text or "silver" in text for text in texts)
    only = summarize(store, document, by="chapter", focus="salt")
    assert [section["title"] for section in only["sections"]] == ["Chapter salt"]
    whole = summarize(store, document, by="chapter", focus="What is the plot of the story?")
    assert not whole["warnings"]
    assert len(whole["sections"]) > len(only["sections"])
    none = summarize(store, document, focus="zeppelin")
    assert none["sections"]
    assert "zeppelin" in none["warnings"][0]


def test_lengths_and_styles_do_what_they_say(store: Store) -> None:
    document = fill(store, [(f"Chapter {n}", chapter(f"wind{n}")) for n in range(12)])
    words = [
        len(summarize(store, document, length=length)["summary"].split())
        for length in ("short", "medium", "long")
    ]
    assert words[0] < words[1] < words[2]
    points = summarize(store, document, length="short", style="points")
    lines = points["summary"].splitlines()
    assert [line[2:] for line in lines] == [s["text"] for s in points["sections"][0]["sentences"]]
    with pytest.raises(UsageError, match="style"):
        summarizing(store, document, style="verse")
    with pytest.raises(UsageError, match="mode"):
        summarizing(store, document, mode="guess")


@pytest.mark.parametrize("options", [{}, {"by": "chapter"}, {"focus": "quicksilver"}])
def test_nothing_after_the_border_is_known(store: Store, options: dict[str, Any]) -> None:
    """The secret stands in the text, in a title, and in later chapters; and in code."""
    secret = "The zanzibar password is quicksilver and the keeper wrote it."
    chapters = [("Chapter 1", chapter("wind")), ("Chapter 2", chapter("salt"))]
    later = [("On quicksilver", secret), ("Chapter 4", chapter("moon") + secret)]
    document = fill(store, chapters + later)
    result = summarize(store, document, until=2, **options)
    assert "quicksilver" not in json.dumps(result | {"focus": None, "warnings": []})
    assert result["sections"][-1]["last_page"] == 2
    code = [("a.py", '"""Reads the gauge."""\n\ndef read(): pass\n')]
    code += [("quicksilver.py", '"""Knows quicksilver."""\n\nclass Quicksilver: pass\n')]
    store.remove(document)
    document = fill(store, code, "code")
    result = summarize(store, document, until=1, **options)
    assert "uicksilver" not in json.dumps(result | {"focus": None, "warnings": []})


def test_pages_are_cited_as_an_answer_cites_them(store: Store) -> None:
    document = fill(store, [(f"Chapter {w}", chapter(w)) for w in ("wind", "salt", "moon")], "pdf")
    (whole,) = summarize(store, document, length="short")["sections"]
    assert whole["place"] == "pages 1-3"
    for number, label in ((1, "iii"), (3, "1")):
        with store.db.conn:
            store.db.conn.execute("update pages set label = ? where number = ?", [label, number])
    (whole,) = summarize(store, document, length="short")["sections"]
    assert whole["place"] == "pages iii-1 (sheets 1-3)"
    first, second, _ = summarize(store, document, by="chapter")["sections"]
    assert (first["place"], second["place"]) == ("page iii (sheet 1)", "page 2")


# -- code ------------------------------------------------------------------------------------

REPOSITORY = [
    ("README.md", "# gauge\n\nReads a tide gauge and raises an alarm when the water is high.\n"),
    ("gauge/alarm.py", '"""Rings the bell once."""\n\n\nclass Alarm:\n    """Knows the quay."""\n'),
    ("gauge/main.py", "import alarm\n\n\ndef main():\n    pass\n\n\nif __name__ == '__main__':\n"),
    ("pyproject.toml", '[project.scripts]\ngauge = "gauge.main:main"\n'),
    ("web/app.js", "// Draws the level.\nexport function draw(level) {\n}\n"),
    ("lib.rs", "/// Smooths waves away.\npub fn smooth(levels: &[f64]) -> f64 {\n}\n"),
    ("main.go", "package main\n\nfunc main() {\n}\n"),
]


def test_a_repository_is_summarized_from_what_it_defines(store: Store) -> None:
    document = fill(store, REPOSITORY, "code")
    result = summarize(store, document)
    titles = [section["title"] for section in result["sections"]]
    assert titles == ["What it does", "Entry points", "Modules"]
    what, starts, modules = result["sections"]
    assert "raises an alarm" in what["summary"]
    for place in ("gauge/main.py:8", "pyproject.toml:2", "main.go:3"):
        assert place in starts["summary"]
    assert "gauge/alarm.py: Rings the bell once. Defines Alarm (line 4)." in modules["summary"]
    assert "web/app.js: Draws the level. Defines draw (line 2)." in modules["summary"]
    assert "smooth (line 2)" in modules["summary"]
    assert {s["path"] for s in starts["sentences"]} == {
        "gauge/main.py",
        "pyproject.toml",
        "main.go",
    }
    assert all(sentence["line"] for s in result["sections"] for sentence in s["sentences"])


def test_a_repository_by_chapter_is_file_by_file(store: Store) -> None:
    document = fill(store, REPOSITORY, "code")
    by_file = {s["title"]: s for s in summarize(store, document, by="chapter")["sections"]}
    assert "class Alarm (line 4): Knows the quay." in by_file["gauge/alarm.py"]["summary"]
    focused = summarize(store, document, focus="smooth waves")["sections"][-1]
    assert [sentence["path"] for sentence in focused["sentences"]] == ["lib.rs"]


# -- the model at the desk -------------------------------------------------------------------


def test_what_the_model_writes_is_checked(
    tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Inventions of the model are withdrawn, and quotations take their place."""
    library: Library = infinidoc.open(tmp_path / "library.db", model=str(tiny_model))
    (tmp_path / "tale.txt").write_text(TALE + chapter("wind"), "utf-8")
    library.ingest(tmp_path / "tale.txt")

    def fake(text: str) -> Callable[..., Iterator[generate.Piece]]:
        return lambda *a, **k: iter([generate.Piece(text, 0.0)])

    monkeypatch.setattr(generate, "write", fake("Rook owed eleven hundred crowns. Rook is king."))
    result = library.summarize(mode="memory", length="short")
    texts = [s["text"] for s in result["sections"][0]["sentences"]]
    assert "Rook is king." not in texts
    assert len(texts) >= 2
    grounding = Grounding([s.text for s in cut_quotations(TALE + chapter("wind"))])
    assert all(grounding.in_window(text).passage is not None for text in texts)
    monkeypatch.setattr(generate, "write", fake("A dragon came to Madrid."))
    quoted = library.summarize(mode="memory", length="short", focus="ledgers")
    assert "dragon" not in json.dumps(quoted)
    assert quoted["sections"][0]["sentences"]
    assert quoted["warnings"] == [ALL_QUOTED]
    assert result["warnings"] == library.summarize(mode="auto", length="short")["warnings"] == []
    kept = library.summarize(mode="memory", length="short", focus="ledgers")
    assert (kept["cached"], kept["warnings"]) == (True, [ALL_QUOTED])


@pytest.mark.parametrize(
    "kept",
    [
        "{",
        "[]",
        "{}",
        '{"sentences": 7, "evidence": [], "written": null}',
        '{"sentences": [7], "evidence": [], "written": null}',
        '{"sentences": [{"text": "Pay him."}], "evidence": [], "written": null}',
    ],
)
def test_what_is_kept_and_no_summary_is_made_anew(store: Store, kept: str) -> None:
    """A file from elsewhere may hold anything under a summary's key."""
    document = fill(store, [("Chapter 1", chapter("wind"))])
    before = summarize(store, document)
    store._run("update summaries set value = ?", [kept])
    again = summarize(store, document)
    assert (again["cached"], again["sections"]) == (False, before["sections"])
    assert summarize(store, document)["cached"]


def test_a_share_of_several_chapters_is_not_called_by_one(store: Store) -> None:
    chapters = [(title, TALE) for title in ("One", "Two", "Three")]
    sections = Sections(store, store.document(fill(store, chapters)), 3)
    assert [section.title for section in sections.by_share(3)] == ["One", "Two", "Three"]
    assert [section.title for section in sections.by_share(2)] == ["One to Two", "Three"]
    assert [section.title for section in sections.by_share(1)] == [None]
