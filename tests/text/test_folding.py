"""Letters that are the same are found as the same, and what is quoted stands as it is written."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from sqlite_utils import Database

from infinidoc.checking.consistency import ConsistencyCheck
from infinidoc.grounding.agreement import values
from infinidoc.grounding.grounding import Grounding, supported
from infinidoc.questions.question_kinds import kind_of
from infinidoc.reading import Page, open_source
from infinidoc.reading.pdf.mupdf import mupdf
from infinidoc.reading.unseen import seen
from infinidoc.retrieval.mentions import find_mentions, forms_in_words, pattern_of
from infinidoc.retrieval.page_sentences import sentences
from infinidoc.retrieval.proper_names import names_on
from infinidoc.store import Store
from infinidoc.store.migrations import migrations
from infinidoc.store.portable import export_document, import_documents
from infinidoc.store.search import to_index
from infinidoc.store.verify import verify
from infinidoc.studying.cloze import questions
from infinidoc.studying.grading import RIGHT, grade
from infinidoc.studying.terms import Terms
from infinidoc.text import Folding, even, fold, letters, words_in
from infinidoc.text.numbers import quantities
from tests.conftest import Outcome
from tests.test_reading import make_epub

Cli = Callable[..., Outcome]

SAME = [  # two ways to write what a reader takes for one word
    ("o\ufb03ce \ufb01le \ufb02ag \ufb00 \ufb05 \ufb06", "office file flag ff st st"),
    ("\u0132sselmeer \u01c4 \u017fhip \u216b", "IJsselmeer D\u017d ship XII"),  # digraphs
    ("Ｆｕｌｌ　ｗｉｄｔｈ１２", "full width12"),
    ("caf\u00e9 CAFE\u0301", "cafe cafe"),  # Latin: accents do not count
    ("Vi\u1ec7t Nam", "VIE\u0323\u0302T nam"),
    ("Stra\u00dfe \u1e9e", "STRASSE ss"),
    ("\u0130stanbul", "istanbul"),
    ("\u0391\u0398\u0397\u039d\u0391 \u03bb\u03cc\u03b3\u03bf\u03c2", "Αθήνα ΛΟΓΟΣ"),  # Greek
    ("Ёлка \u0419од", "е\u0308лка и\u0306од"),  # Cyrillic
    ("\ud55c\uad6d\uc5b4", "\u1112\u1161\u11ab\u1100\u116e\u11a8\u110b\u1165"),  # Hangul
    ("\u0915\u093c\u0932\u092e \u0939\u093f\u0902\u0926\u0940", "\u0958लम हिंदी"),  # Devanagari
    ("ক\u09cb", "ক\u09c7\u09be"),  # Bengali
    ("\u0643\u062a\u0627\u0628 \u0627\u0644\u0622\u0646", "كـــتاب ال\u0627\u0653ن"),  # Arabic
    ("\ufedf\ufee0\ufeea", "لله"),  # forms of letters within a word
    ("\u0645\u064f\u062d\u064e\u0645\u0651\u064e\u062f", "محمد"),  # points, which readers leave out
    ("\u05e9\u05b8\u05c1\u05dc\u05d5\u05b9\u05dd \ufb2a", "שלום ש"),  # Hebrew
    ("\u304b\u3099 \uff76\uff9e\uff78\uff9e", "が ガグ"),  # kana
    ("\u2f25\u2f26 \uf900", "女子 豈"),  # Han: radicals, characters kept for other encodings
    ("\u0e19\u0e4d\u0e32", "นำ"),  # Thai
    ("or\u00adchard ware\u200bhouse \u2060a\ufeffb", "orchard warehouse ab"),
    ("\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645", "میخواهم"),  # Persian
    ("don\u2019t \u201cgo\u201d 5\u2032 \u2033", 'don\'t "go" 5\' "'),
    ("1914\u20131918 a\u2011b \u22125 x\u2014y", "1914-1918 a-b -5 x-y"),
    ("a\u00a0b\u2009c\u202fd", "a b c d"),
    ("㎏ ℃ … ㏒", "kg °C ... log"),
]
OTHER = [  # what is another letter, word or number
    ("\u0439од", "иод"),  # Cyrillic: a mark makes a letter
    ("\u0451лка", "елка"),
    ("\u304c", "\u304b"),
    ("\u30d1", "\u30cf"),
    ("\u0939\u093f", "\u0939"),  # vowel signs of India
    ("\u0915\u093c", "\u0915"),
    ("\u0622", "\u0627"),  # alef with madda
    ("\ud55c", "\ud558"),
    ("\u0e19\u0e49", "\u0e19"),
    ("\u00f8", "o"),
    ("\u0142", "l"),
    ("\u00e6", "ae"),
    ("10\u00b2", "102"),
    ("1\u00bd", "11/2"),
    ("H\u2082O", "H2O"),
    ("\u2260", "="),
]
ODD = (
    "aé\u0301 ﬁﬃ\u00ad\u200b\u200d\u0439\u0306"
    "\u304b\u3099\u1112\u1161\u11ab\u3131\u093fﷲĲ½²…Ａ‘—\u0e33\uff9e\u0640\u064b\u0345ŉ´ß\n.1"
)
TEXTS = st.one_of(st.text(max_size=30), st.text(alphabet=ODD, max_size=30))
FOLDINGS = [letters, even, fold]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_what_is_the_same_folds_to_the_same(one: str, other: str) -> None:
    assert fold(one) == fold(other)
    assert words_in(fold(one)) == words_in(fold(other))


@pytest.mark.parametrize(("one", "other"), OTHER)
def test_what_is_another_letter_stays_another(one: str, other: str) -> None:
    assert fold(one) != fold(other)


def test_the_ways_go_further_one_after_another() -> None:
    text = "“O\ufb03ce” — Cafe\u0301"
    assert letters(text) == "“Office” — Café"
    assert even(text) == '"Office" - Café'
    assert fold(text) == '"office" - cafe'


def test_words_of_scripts_with_marks_are_whole() -> None:
    assert words_in(fold("हिन्दी भाषा, ภาษาไทย")) == ["हिन्दी", "भाषา".replace("า", "ा"), "ภาษาไทย"]


@pytest.mark.parametrize("folding", FOLDINGS)
@given(text=TEXTS)
@example("e\u0301\u00ad")
@example("\u0301\u200b")
@example("\u3131\u314f")
@example("\u037a\u1ffd")
def test_folding_twice_changes_nothing_more(folding: Folding, text: str) -> None:
    once = folding(text)
    assert folding(once) == once
    assert folding.spans(text).text == once


@pytest.mark.parametrize("folding", FOLDINGS)
@given(text=TEXTS)
def test_offsets_lead_back_in_order(folding: Folding, text: str) -> None:
    """Every folded character was something; nothing is told twice or out of order."""
    folded = folding.spans(text)
    spans = [folded.span(at, at + 1) for at in range(len(folded.text))]
    for low, high in spans:
        assert 0 <= low < high <= len(text)
    for one, other in zip(spans, spans[1:], strict=False):
        assert one == other or one[1] <= other[0]
    for low, high in set(spans):
        own = [at for at, span in enumerate(spans) if span == (low, high)]
        assert folded.span(own[0], own[-1] + 1) == (low, high)
        assert folded.position(low) == own[0]
        assert folding(text[low:high]) == folded.text[own[0] : own[-1] + 1]


@given(text=st.text(max_size=40))
def test_ascii_and_the_rest_agree(text: str) -> None:
    plain = text.encode("ascii", "ignore").decode()
    assert fold(plain) == fold(plain + "\u200b") == plain.lower()


# -- what is read --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("or\u00adchard", "orchard"),
        ("an or\u00ad\n  chard of plums\n", "an orchard\nof plums\n"),
        ("an or\u00ad\nchard\nof plums\n", "an \norchard\nof plums\n"),
        ("2019\u00ad2020", "2019-2020"),
        ("\ufeffa\u200bb\u2060c Auf\u200clage", "abc Auflage"),
        ("cafe\u0301 o\ufb03ce", "cafe\u0301 o\ufb03ce"),
        ("می\u200cخواهم 👩\u200d🌾", "می\u200cخواهم 👩\u200d🌾"),
    ],
)
def test_what_nobody_sees_is_not_read(written: str, read: str) -> None:
    assert seen(written) == read
    page = Page(1, written, title="Or\u00adchard")
    assert (page.text, page.title) == (read, "Orchard")


@pytest.mark.parametrize("name", ["a.txt", "a.md", "a.html", "folder"])
def test_every_reader_leaves_it_out(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    file = path / "b.txt" if name == "folder" else path
    file.parent.mkdir(exist_ok=True)
    file.write_text("The or\u00adchard and the ware\u200bhouse.\n", "utf-8")
    assert "".join(page.text for page in open_source(path).pages()).strip() == (
        "The orchard and the warehouse."
    )


# -- the index -----------------------------------------------------------------------------


def keep(store: Store, *texts: str) -> int:
    document, at = store.add_document("tale", "text", {}, "/t", "ff"), 0
    for number, text in enumerate(texts, 1):
        place = {"start": at, "end": at + len(text), "text": text}
        store.add_pages(document, [{"number": number, "chapter": 0, **place}])
        store.add_passages(document, [{"page": number, **place}])
        at += len(text)
    store.update_document(document, status="complete", pages=len(texts), characters=at)
    return document


@pytest.mark.parametrize(("one", "other"), SAME)
def test_the_index_finds_a_word_however_written(one: str, other: str) -> None:
    for word, asked in zip(one.split(), other.split(), strict=False):
        if not words_in(fold(word)):
            continue
        with Store(None) as store:
            document = keep(store, f"x {word} y\n", "no such thing\n")
            assert [row["text"] for row in store.search([document], asked, limit=3)] == [
                f"x {word} y\n"
            ]
            assert store.matching(document, asked)
            assert list(verify(store)) == []


def test_the_index_keeps_letters_apart() -> None:
    with Store(None) as store:
        document = keep(store, "йод हिन्दी\n", "иод हिन्द\n")
        found = [row["page"] for row in store.search([document], "йод", limit=3)]
        assert found == [1]
        assert [row["page"] for row in store.search([document], "हिन्द", limit=3)] == [2]


def test_only_what_differs_is_kept_twice() -> None:
    assert to_index("Plain words.") is None
    assert to_index("He said — “plain words…”") is None
    assert to_index("Съешь ещё") is None
    assert to_index("or\u00adchard") == "orchard"


def old_library(path: Path, text: str) -> None:
    """A library as it was before the index was folded."""
    with closing(sqlite3.connect(path)) as connection:
        migrations.apply(Database(connection), stop_before="m004_folded")
        place = {"document": 1, "start": 0, "end": len(text), "text": text}
        rows: dict[str, dict[str, Any]] = {
            "documents": {
                "id": 1,
                "name": "tale",
                "source": "/t",
                "kind": "text",
                "pages": 1,
                "source_sha256": "f" * 64,
                "identity": '{"model": "tiny"}',
                "status": "complete",
                "tokens": 0,
                "characters": len(text),
                "segments": 0,
                "memory_bytes": 0,
                "warnings": "[]",
                "created": "2026-01-01T00:00:00+00:00",
                "updated": "2026-01-01T00:00:00+00:00",
            },
            "pages": {"number": 1, "chapter": 0, **place},
            "passages": {"page": 1, **place},
        }
        for table, row in rows.items():
            columns = ", ".join(f'"{name}"' for name in row)
            marks = ", ".join("?" * len(row))
            connection.execute(
                f"insert into {table} ({columns}) values ({marks})", list(row.values())
            )
        connection.commit()


def test_a_library_made_before_opens_and_answers(tmp_path: Path) -> None:
    text = "The or\u00adchard and its certi\ufb01cate.\n"
    old_library(tmp_path / "old.db", text)
    with Store(tmp_path / "old.db") as store:
        for word in ("orchard", "certificate", "certi\ufb01cates"):
            assert [row["text"] for row in store.search([1], word, limit=3)] == [text]
        assert list(verify(store)) == []
        store.remove(1)
        assert list(verify(store)) == []


def test_a_document_exported_before_is_imported(tmp_path: Path) -> None:
    old_library(tmp_path / "old.db", "Certi\ufb01cate.\n")
    with Store(tmp_path / "new.db") as store:
        (row,) = import_documents(store, tmp_path / "old.db")
        assert store.search([row["id"]], "certificate", limit=3)
        export_document(store, row["id"], tmp_path / "again.db")
        assert import_documents(store, tmp_path / "again.db")


def test_names_and_titles_are_found_however_written() -> None:
    with Store(None) as store:
        document = store.add_document("cafe\u0301", "text", {}, "/c", "ff")
        assert store.document("caf\u00e9")["id"] == document
        place = {"number": 1, "chapter": 1, "start": 0, "end": 1, "text": "x"}
        store.add_pages(document, [{**place, "title": "The O\ufb03ce\u2019s end"}])
        assert store.find_page(document, "the office's end")["number"] == 1


# -- counts, names, numbers ----------------------------------------------------------------


def pages_of(*texts: str) -> list[dict[str, Any]]:
    rows, at = [], 0
    for number, text in enumerate(texts, 1):
        row: dict[str, Any] = {"number": number, "start": at, "end": at + len(text), "text": text}
        row |= {"label": None, "path": None, "line": None, "title": None, "chapter": 0}
        rows.append(row)
        at += len(text)
    return rows


@pytest.mark.parametrize(
    ("subject", "text", "count"),
    [
        ("certificate", "A certi\ufb01cate, two Certi\ufb01cates, a certificate\u2019s end.", 3),
        ("orchard", "The or\u00adchard, the orchard and or\u00adchards.", 3),
        ("café", "Cafe\u0301, café, CAFÉ, cafeteria.", 3),
        ("warehouse", "Ware\u200bhouse. warehouse\u00b2", 2),
        ("ｆｉｓｈ", "\ufb01sh and fish", 2),
        ("йод", "Йод и йод, но иод.", 2),
        ("हिन्द", "हिन्द और हिन्दी", 1),
        ("हिन्दी", "हिन्द और हिन्दी", 1),
        ("한국", "\u1112\u1161\u11ab\u1100\u116e\u11a8 한국 한국어", 2),
        ("محمد", "مُحَمَّد و محمد و محمود", 2),
        ("λόγος", "ΛΟΓΟΣ λογος λόγος", 3),
        ("well-known", "well\u2010known, well\u2011known, well-known", 3),
        ("New York", "New\u00a0York, New\nYork, NEW YORK", 3),
        ("O'Brien", "O\u2019Brien and O'Brien", 2),
    ],
)
def test_counts_and_their_places(subject: str, text: str, count: int) -> None:
    found = list(find_mentions(pages_of(text), pattern_of(subject), "d"))
    assert len(found) == count
    for mention in found:
        quoted = mention.evidence
        assert text[quoted.start : quoted.end] == quoted.text
        there = " ".join(text[mention.start :].split())
        assert there.startswith(mention.form)


PARTS = st.sampled_from(["o\ufb03ce", "of\u00adfice", "Office", "offices", "officer", "e\u0301"])


@given(parts=st.lists(PARTS, max_size=60), size=st.integers(1, 40))
def test_counts_do_not_depend_on_pages(parts: list[str], size: int) -> None:
    """Cut between words: a page's end is a line's end."""
    cut = [" ".join(parts[at : at + size]) + "\n" for at in range(0, len(parts), size)]
    text = "".join(cut)
    found = list(find_mentions(pages_of(*cut), pattern_of("office"), "d"))
    assert len(found) == len([part for part in parts if part not in ("officer", "e\u0301")])
    assert [m.start for m in found] == sorted({m.start for m in found})
    assert all(fold(text[m.start :]).startswith("office") for m in found)


def test_forms_with_and_without_accents_are_told_apart() -> None:
    assert forms_in_words(["café", "cafe\u0301", "Cafe"]) == '"café" 2, "Cafe" 1'


@pytest.mark.parametrize(
    ("question", "subject"),
    [
        ("How many times is certi\ufb01cate mentioned?", "certificate"),
        ("How many\u00a0times is “the sea” mentioned?", "the sea"),
        ("Ｈｏｗ ｍａｎｙ ｔｉｍｅｓ ｉｓ ｓａｌｔ ｍｅｎｔｉｏｎｅｄ？", "salt"),
        ("How many times is or\u00adchard mentioned?", "orchard"),
    ],
)
def test_a_question_in_other_letters_is_of_its_kind(question: str, subject: str) -> None:
    kind = kind_of(question)
    assert kind is not None
    assert (kind.name, kind.target, kind.subject) == ("count", "mentions", subject)


def test_names_are_one_name_in_all_their_letters() -> None:
    text = "The keeper called Gri\ufb03n slept. We told Griffin. They saw Rene\u0301 and René.\n"
    names = {name.words: name for name in names_on(pages_of(text))}
    assert names["Griffin"].count == 2
    assert names["René"].count == 2
    first = names["Griffin"].first
    assert first is not None
    assert text[first.start : first.end] == first.text


def test_numbers_keep_their_places() -> None:
    text = "\ufb01fty and o\ufb03ce 12\u202f500, ５ and twenty\u2010one"
    found = quantities(text)
    assert [one.value for one in found] == [50, 12500, 5, 21]
    assert [text[: one.end].split()[-1].rstrip(",") for one in found] == [
        "\ufb01fty",
        "500",
        "５",
        "twenty\u2010one",
    ]
    assert values("\ufb01ve of 1\u2019000") == {5.0, 1000.0}


# -- grounding, quizzes, checks ------------------------------------------------------------


def test_an_answer_is_borne_out_in_other_letters() -> None:
    passage = "A box stood there. The \ufb02ag o\ufb03cer is Jose\u0301 Grif\ufb01n.\n"
    found = supported("the flag officer is José Griffin", [passage])
    assert found.enough
    assert found.share == 1.0
    assert passage[found.start : found.end].strip().startswith("The \ufb02ag")
    assert supported("the flag officer is José Marsh", [passage]).missing == ("Marsh",)


def test_a_summary_is_borne_out_in_other_letters() -> None:
    grounding = Grounding(
        ["In May the \ufb01rst o\ufb03cer, Rook\u2014Isolde\u2019s son, found \ufb01fty boxes."]
    )
    assert (
        grounding.in_window("In May the first officer, Rook, found fifty boxes.").passage
        is not None
    )
    assert grounding.in_window("In May the first officer, Rook, found sixty boxes.").passage is None
    assert grounding.in_window("In May the first officer, Venn, found fifty boxes.").passage is None


def test_a_reply_in_other_letters_is_right() -> None:
    assert grade("griffin", "Gri\ufb03n") == RIGHT
    assert grade("José", "Jose\u0301") == RIGHT
    assert grade("４０ barrels", "40 barrels") == RIGHT


def test_a_question_is_made_of_what_is_written() -> None:
    text = "We know that the keeper of the tower was old Gri\ufb03n in the year 1884.\n" * 2
    read = list(sentences(pages_of(text)))
    asked = list(questions(read, Terms(read)))
    assert "Gri\ufb03n" in {question.answer for question in asked}


def test_a_ligature_is_no_slip_of_a_name() -> None:
    lines = ["Everybody knew that Griffith was tired.\n\n"] * 9
    with Store(None) as store:
        document = keep(store, *lines, "Everybody knew that Grif\ufb01th was tired.\n\n")
        row = store.document(document)
        assert [f for f in ConsistencyCheck(store, row) if f["kind"] == "name"] == []


def test_a_finding_is_quoted_as_it_is_written() -> None:
    lines = ["Everybody knew that Katherine was tired.\n\n"] * 20
    odd = "The o\ufb03ce knew\u00a0that Kathrine was tired."
    with Store(None) as store:
        document = keep(store, *lines, odd + "\n\n")
        (found,) = ConsistencyCheck(store, store.document(document))
        assert found["second"]["text"] == " ".join(odd.split())


# -- the command ---------------------------------------------------------------------------


def make_pdf(path: Path, *lines: str) -> Path:
    """A page whose letters are as they are given: ligatures stay ligatures."""
    pymupdf = mupdf()
    document = pymupdf.open()
    page = document.new_page()
    writer = pymupdf.TextWriter(page.rect)
    for number, line in enumerate(lines):
        writer.append((72, 72 + 20 * number), line, font=pymupdf.Font("helv"))
    writer.write_text(page)
    document.save(path)
    return path


def counted(cli: Cli, word: str) -> tuple[str, list[str]]:
    result = cli("ask", "--json", f"How many times is {word} mentioned?").json
    assert result["found"]
    return result["answer"], [passage["text"] for passage in result["evidence"]]


def test_a_pdf_with_ligatures(cli: Cli, tmp_path: Path) -> None:
    cli(
        "ingest",
        make_pdf(
            tmp_path / "port.pdf",
            "The port o\ufb03ce keeps each certi\ufb01cate.",
            "One certi\ufb01cate is blue. Two certificates are red.",
            "The \ufb02ag of the cafe\u0301 is green.",
        ),
    )
    answer, quoted = counted(cli, "certificate")
    assert answer.startswith("3 times, on page 1")
    assert quoted[0] == "The port o\ufb03ce keeps each certi\ufb01cate."
    for word in ("office", "o\ufb03ce", "flag", "FLAG", "café", "cafe"):
        assert counted(cli, word)[0].startswith("Once, on page 1")


def test_an_epub_with_soft_hyphens(cli: Cli, tmp_path: Path) -> None:
    chapters = [
        "Jonas Ket&shy;tle&shy;well works in the orchard beside the ware&#8203;house.",
        "The or&shy;chard is large. Every spring the or&#173;chard is pruned.",
    ]
    cli("ingest", make_epub(tmp_path / "book.epub", chapters))
    answer, quoted = counted(cli, "orchard")
    assert answer.startswith("3 times, on pages 1 and 2")
    assert "\u00ad" not in "".join(quoted)
    assert counted(cli, "Kettlewell")[0].startswith("Once, on page 2")
    assert counted(cli, "warehouse")[0].startswith("Once, on page 2")


def test_a_text_in_several_scripts(cli: Cli, tmp_path: Path) -> None:
    path = tmp_path / "words.txt"
    path.write_text("Йод и и\u0306од. Ёлка. हिन्दी भाषा। 한국 사람. Straße, STRASSE.\n", "utf-8")
    cli("ingest", path)
    assert counted(cli, "йод")[0].startswith("Twice")
    assert counted(cli, "हिन्दी")[0].startswith("Once")
    assert counted(cli, "한국")[0].startswith("Once")
    assert counted(cli, "Straße")[0].startswith("Twice")
