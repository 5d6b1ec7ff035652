"""The words around a question, all in one place: what the model is asked and how.

Knows strings and token ids. A prompt is a list of spans, because a passage is read with
the memory the model had where the passage stands, and the question with the latest one.
What the model reads is in plain letters: it knows "office", but hardly "oﬃce".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from infinidoc.retrieval.evidence import Evidence
from infinidoc.text import letters
from infinidoc.tokens import Tokenizer

Frame = tuple[list[int], list[int]]  # what comes before and after a user's words

NOT_FOUND = "Not in this document."

_ANSWER = (
    "Answer the question from the passages, in a few words taken from them. "
    f"If they do not say, answer: {NOT_FOUND}"
)
_RECALL = (
    "Answer the question from what you have read, in a few words. "
    f"If you did not read it, answer: {NOT_FOUND}"
)
_SUMMARY = "Summarize these passages in {sentences}. Say only what they say.{focus}"


@dataclass(frozen=True)
class PromptPart:
    """Part of a prompt; `passage` is the index of the passage it is, None for the rest."""

    ids: tuple[int, ...]
    passage: int | None = None


def answer_prompt(
    tokenizer: Tokenizer, question: str, passages: Sequence[Evidence]
) -> list[PromptPart]:
    """Instruction, passages with their places, question."""
    instruction = _ANSWER if passages else _RECALL
    return framed(tokenizer, instruction, passages, f"Question: {question.strip()}\nAnswer:")


def summary_prompt(
    tokenizer: Tokenizer,
    passages: Sequence[Evidence],
    sentences: str,
    focus: str | None,
    frame: Frame | None = None,
) -> list[PromptPart]:
    """Passages of one section and how long its summary should be."""
    about = f" Keep to what concerns: {focus.strip()}." if focus else ""
    instruction = _SUMMARY.format(sentences=sentences, focus=about)
    return framed(tokenizer, "Here are passages of a document.", passages, instruction, frame)


def framed(
    tokenizer: Tokenizer,
    opening: str,
    passages: Sequence[Evidence],
    closing: str,
    frame: Frame | None = None,
) -> list[PromptPart]:
    """One turn of a chat: the spans of a prompt. `frame`: the tokens around it, if others."""
    before, after = frame or tokenizer.frame()
    spans = [PromptPart((*before, *tokenizer.encode(f"{opening}\n\n")))]
    for index, passage in enumerate(passages):
        text = f"[{index + 1}] {passage.where()}\n{letters(passage.text).strip()}\n\n"
        spans.append(PromptPart(tuple(tokenizer.encode(text)), index))
    spans.append(PromptPart((*tokenizer.encode(letters(closing)), *after)))
    return spans
