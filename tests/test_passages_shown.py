"""What is shown of a passage holds what the answer stands on, with that sentence's line."""

from __future__ import annotations

from typing import Any

from infinidoc.cli.passages import passages

PLACE = {"document": "book", "page": 3, "label": None, "path": None}
BEFORE = "The keeper wrote in the log every evening, whatever the weather was. " * 4
CITED = "The lamp was lit by Isolde."


def shown(text: str, answer: str, cited: str | None = None, line: int | None = None) -> str:
    evidence: dict[str, Any] = {
        **PLACE, "line": 1, "start": 0, "end": len(text), "text": text, "score": 1.0, "kind": None,
    }  # fmt: skip
    citations = [{**PLACE, "line": line, "text": cited, "supported": True}] if cited else []
    return passages({"answer": answer, "evidence": [evidence], "citations": citations})


def test_it_begins_with_the_sentence_that_is_cited() -> None:
    said = shown(f"{BEFORE}\n{CITED} She was nineteen. {BEFORE}", "Isolde", CITED, line=2)
    assert said.startswith(f"  [1] page 3, line 2: … {CITED} She was nineteen. The keeper")


def test_a_sentence_at_the_end_has_what_stands_before_it() -> None:
    said = shown(f"{BEFORE}\n{CITED}", "Isolde", CITED, line=2)
    assert said.startswith("  [1] page 3, line 2: … ")
    assert said.endswith(f"whatever the weather was. {CITED}")
    assert 150 < len(said) < 200


def test_a_text_without_spaces() -> None:
    said = shown(
        "灯塔守望者每天晚上都写日志。" * 30 + "灯由伊索尔德点亮。",
        "伊索尔德",
        "灯由伊索尔德点亮。",
        line=1,
    )
    assert said.endswith("灯由伊索尔德点亮。")
    assert len(said) > 150
    assert len(shown("他 " + "灯塔守望者每天晚上都写日志。" * 30, "x")) > 150


def test_where_the_beginning_holds_it_that_is_shown() -> None:
    said = shown(f"It was dark. {CITED} {BEFORE}", "Isolde", CITED, line=1)
    assert said.startswith(f"  [1] page 3, line 1: It was dark. {CITED} The keeper")
    assert said.endswith(" …")


def test_lines_that_were_wrapped_are_found() -> None:
    cited = CITED.replace(" lit", "\nlit")
    assert CITED in shown(f"{BEFORE}\n{cited}", "Isolde", cited, line=2)


def test_of_a_long_sentence_the_part_with_the_answer() -> None:
    sentence = f"{BEFORE.replace('.', ',')} and the lamp was lit by Isolde."
    assert "lit by Isolde." in shown(sentence, "Isolde", sentence, line=1)
    after = f"{sentence.removesuffix('.')}, {BEFORE}"
    assert "lit by Isolde, The" in shown(after, "Isolde", after, line=1)


def test_what_one_of_several_documents_answers_is_shown() -> None:
    text = f"{BEFORE}{CITED} {BEFORE}"
    place = {**PLACE, "line": 1}
    result = {
        "answer": "Isolde [book, page 3] (2 documents searched)",
        "answers": [{**place, "answer": "by Isolde"}, {**place, "document": "log", "answer": "x"}],
        "documents": ["book", "log"],
        "evidence": [{**place, "start": 0, "end": 9, "text": text, "score": 1.0, "kind": None}],
        "citations": [{**place, "text": text, "supported": True}],
    }
    assert "lit by Isolde. The keeper" in passages(result)


def test_without_a_citation_it_is_the_beginning_whole_words_of_it() -> None:
    said = shown(BEFORE, "Not in this document.")
    assert said.startswith("  [1] page 3, line 1: The keeper wrote")
    assert said.removesuffix(" …").split()[-1] in BEFORE.split()
    assert len(said) < 200


def test_passages_with_the_same_words_keep_their_lines() -> None:
    text = "warn stalled"
    places = [{**PLACE, "line": line} for line in (2, 4)]
    evidence = [
        {**place, "start": 0, "end": 9, "text": text, "score": 1.0, "kind": None}
        for place in places
    ]
    citations = [{**place, "text": text, "supported": True} for place in places]
    said = passages({"answer": "Twice", "evidence": evidence, "citations": citations})
    assert said == f"  [1] page 3, line 2: {text}\n  [2] page 3, line 4: {text}"
