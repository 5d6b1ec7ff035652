"""Models that no adapter has taught to read: what they are asked, and what they said.

With a chat template they get an instruction in one turn, else examples to go on from. Of what
they write the first line that says anything is the answer: labels, marks of a template and
thinking aloud are taken off, and the ways in which such models say that a text does not say are
known. Knows strings, token ids and pieces of text; no decoder.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from infinidoc.answering.prompts import NOT_FOUND, PromptPart, framed
from infinidoc.grounding.overlap import normalized
from infinidoc.language import LanguageModel
from infinidoc.retrieval.evidence import Evidence

if TYPE_CHECKING:
    from infinidoc.answering.generate import Piece

_INSTRUCTION = (
    "Answer the question from the passages below and from nothing else. Give the answer alone, "
    "in as few words as possible, without a full sentence. If the passages do not contain the "
    f"answer, reply only: {NOT_FOUND}"
)
_EXAMPLES = f"""\
Passage: The ferry to Orsay leaves at ten past six. Its captain, Ruth Amsel, has steered it for
eleven years; before her it was her uncle.

Question: How long has Ruth Amsel steered the ferry?
Answer: eleven years

Question: What does a ticket cost?
Answer: {NOT_FOUND}

Question: Who steered it before her?
Answer: her uncle
"""
SHORT = 3  # letters of a word that tells nothing
_THOUGHT = re.compile(r"<think(?:ing)?>.*?(?:</think(?:ing)?>|\Z)", re.DOTALL | re.IGNORECASE)
_DEBRIS = re.compile(
    r"<\|?(?:im_start|start_of_turn)\|?>(?:assistant|model)?"
    r"|<\|?[/\w| ]{1,40}\|?>|\[/?INST\]|<</?SYS>>"
)
_LABEL = re.compile(
    r"^[\s#>*_-]*(?:(?:the )?(?:final |short )?answer|response|assistant|model|reply|a)\b[\s*_]*:"
    r"|^[\s#>*_-]*the (?:final |short )?answer is\b:?|^\s*[-*•>#]+\s+",
    re.IGNORECASE,
)
_NUMBERED = re.compile(
    r"^\s*\[\d+\][:,]?\s*|\s*[\[(](?:passages? )?\d+(?:, ?\d+)*[\])](?=\.?$)", re.I
)
_MARKS = re.compile(r"\*\*|__|`")
_TEXT = r"(?:(?:given|provided|above|supplied)\s+)?(?:passage|text|document|context|excerpt)s?"
_REFUSALS = re.compile(
    rf"""^\W*(?:
      not\s(?:in|found\sin|stated\sin|mentioned\sin|given\sin)\s(?:this|the|these)\s{_TEXT}
    | (?:it|this|that|the\sanswer)?\s*(?:is|was|are)?\s*not\s(?:explicitly\s|directly\s)?
      (?:mentioned|stated|specified|given|provided|answered|available|known|said|found)\b
    | (?:(?:the|these|this|those)\s{_TEXT}|it|they)\s(?:do(?:es)?|did)(?:\snot|n['’]t)
    | none\sof\s(?:the|these|this|those)\s{_TEXT}
    | (?:there\sis\s|there's\s)?no\s(?:mention|information|answer|passage|indication)\b
    | (?:i['’]?m\s|i\sam\s)?(?:sorry|unable|not\ssure)\b
    | i\s(?:can\s?not|can['’]t|could\snot|do\snot|don['’]t|am\snot)\b
    | (?:unknown|n/?a|none|unanswerable|not\sapplicable)\W*$
    )""",
    re.IGNORECASE | re.VERBOSE,
)


def question_prompt(
    language: LanguageModel, question: str, passages: Sequence[Evidence]
) -> list[PromptPart]:
    """Instruction or examples, passages with their places, question."""
    asked = f"Question: {question.strip()}"
    if language.tokenizer.template.exists:
        return framed(language.tokenizer, _INSTRUCTION, passages, asked, language.frame)
    bos = language.tokenizer.bos_id
    before: tuple[list[int], list[int]] = ([] if bos is None else [bos], [])
    return framed(language.tokenizer, _EXAMPLES, passages, f"{asked}\nAnswer:", before)


def first_line(pieces: Iterable[Piece], texts: Sequence[str] = ()) -> Iterator[Piece]:
    """What a model writes as one piece, the answer; it `refuses` if it says there is none, or
    says after the examples what the passages `texts` do not say. It is `unended` if its line is."""
    text, said, interrupt = "", [], None
    try:
        for piece in pieces:
            said.append(piece)
            text += piece.text
            if "\n" in text and clean_line(text[: text.rindex("\n")]):
                break
    except KeyboardInterrupt as stopped:  # what was written until then is said first
        interrupt = stopped
    if said:
        answer = clean_line(text)
        none = not answer or refuses(answer) or copies_examples(answer, texts)
        yield replace(said[0], text=answer, refuses=none, unended=said[-1].unended)
    if interrupt:
        raise interrupt


def clean_line(text: str) -> str:
    """The first line of `text` that says anything, without what is not said to a reader."""
    text = _DEBRIS.sub("\n", _THOUGHT.sub("\n", text))
    lines = (_bare(line) for line in text.splitlines())
    return next((line for line in lines if any(map(str.isalnum, line))), "")


def _bare(line: str) -> str:
    line = "".join(filter(str.isprintable, _MARKS.sub("", line)))
    while (shorter := _NUMBERED.sub("", _LABEL.sub("", line))) != line:
        line = shorter
    line = line.strip()
    if len(line) > 1 and line[0] in "\"'“‘" and line[-1] in "\"'”’":
        line = line[1:-1].strip()
    return line


def refuses(answer: str) -> bool:
    """Whether it says in its own words that the text does not say."""
    return bool(_REFUSALS.match(answer))


def copies_examples(answer: str, texts: Sequence[str]) -> bool:
    """Whether an answer is of the examples' words and not of the passages'."""
    said, here = normalized(answer), " ".join(map(normalized, texts))
    if not texts or said in here:
        return False
    telling = {word for word in said.split() if len(word) > SHORT}
    shown = normalized(_EXAMPLES)
    of_examples = (
        bool(telling) and telling <= set(shown.split()) and not telling <= set(here.split())
    )
    return said in shown or of_examples
