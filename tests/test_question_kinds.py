"""What kind a question is, by its wording."""

from __future__ import annotations

import pytest

from infinidoc.questions.question_kinds import QuestionKind, kind_of

KINDS: list[tuple[str, str, str, str]] = [
    ("How many times is Captain Venn mentioned?", "count", "mentions", "Captain Venn"),
    ("how often is the green ledger mentioned in this book", "count", "mentions", "green ledger"),
    ("How many times does the word 'salt' appear?", "count", "mentions", "salt"),
    ("How many times does Isolde appear?", "count", "mentions", "Isolde"),
    ("How many mentions of oil are there in the document?", "count", "mentions", "oil"),
    ("Count the occurrences of ERROR.", "count", "mentions", "ERROR"),
    ("How many chapters are there?", "count", "structure", "chapters"),
    ("How many pages does this document have?", "count", "structure", "pages"),
    ("How many files are in the repository?", "count", "structure", "files"),
    ("Please tell me how many words are in the text", "count", "structure", "words"),
    ("How many errors are there in the log?", "count", "items", "errors"),
    ("How many characters are there?", "count", "people", "characters"),
    ("List the chapters", "list", "structure", "chapters"),
    ("What sections are there?", "list", "structure", "sections"),
    ("List all the failed volumes", "list", "items", "failed volumes"),
    ("Name every island.", "list", "items", "island"),
    ("Which islands are mentioned?", "list", "items", "islands"),
    ("Give me a list of all warnings in the manual", "list", "items", "warnings"),
    ("Where is the tower first mentioned?", "first", "mentions", "tower"),
    ("On which page is Rook last mentioned?", "last", "mentions", "Rook"),
    ("What is the last mention of \"the sea\"?", "last", "mentions", "the sea"),
    ("What is the first thing that Rook does?", "first", "items", "Rook does"),
    ("Compare Rook and Isolde", "compare", "items", "Rook"),
    ("What is the difference between the pump and the valve?", "compare", "items", "pump"),
    ("How does the pump differ from the valve?", "compare", "items", "pump"),
    ("Who is Tobias Rook?", "who", "mentions", "Tobias Rook"),
    ("Who are the main characters?", "who", "people", "characters"),
    ("List all people mentioned", "who", "people", "people"),
    ("What changed between chapter 2 and chapter 5?", "change", "items", ""),
    ("What changes about the crew between pages 3 and 9?", "change", "items", "crew"),
    ("How does Rook change over time?", "change", "items", "Rook"),
    ("What is this document about?", "about", "whole", ""),
    ("Summarize the whole meeting.", "about", "whole", ""),
    ("Give me the gist of the story.", "about", "whole", ""),
    ("What is the paper's main point?", "about", "whole", ""),
    ("What does the report conclude?", "about", "whole", ""),
    ("Worum geht es in dem Buch?", "about", "whole", ""),
    ("De quoi parle ce livre ?", "about", "whole", ""),
    ("¿De qué trata este documento?", "about", "whole", ""),
    ("Di che cosa parla questa guida?", "about", "whole", ""),
    ("О чём эта книга?", "about", "whole", ""),
    ("这本书讲的是什么？", "about", "whole", ""),
    ("この文書は何についてのものですか？", "about", "whole", ""),
    ("Wie oft wird Bruno Rook erwähnt?", "count", "mentions", "Bruno Rook"),
    ("¿Cuántas veces se menciona a Rook?", "count", "mentions", "Rook"),
    ("Wo wird Rook zum ersten Mal erwähnt?", "first", "mentions", "Rook"),
]  # fmt: skip

ORDINARY = """
    What did the captain find under the clock?
    How often must the impeller be replaced?
    How many times did the captain come back?
    How many times was the experiment repeated?
    How many times a day is the pump used?
    How many times does the ghost appear?
    How many barrels of salt did they carry?
    How many pages does the treaty between the kings have?
    How many chapters did she write before she died?
    How many days are there in the week that he describes?
    How many men limped?
    How long is the document retained?
    How is the impeller changed?
    How do I change the battery?
    What failed first?
    Who was mentioned as the owner?
    Who is the captain?
    Who is responsible?
    Who is Rook's employer?
    Who commanded the Petrel after Captain Venn?
    Who betrays the captain, and why?
    Name the captain of the Petrel.
    What is the list price of the pump?
    Which ledger was green?
    What are the symptoms?
    Where was the ledger hidden?
    When did the fault first appear?
    When was the first model introduced?
    What was the first ship called?
    What is the time difference between London and Tokyo?
    What is the difference?
    What changed his mind?
    How long is the term of office of the Secretary General?
    What is the letter about?
    Summarize the discussion about the pump.
    Worum geht es in dem Streit?
    Wann wurde die Stadt zum ersten Mal erwähnt?
    De quoi est mort le capitaine ?
    Wie oft gewann Rook das Rennen?
    What changed between the two versions?
    What does the comparison with Harlan show?
    List
    Why?
""".strip().splitlines()


@pytest.mark.parametrize(("question", "name", "of", "subject"), KINDS)
def test_kinds_are_told_by_their_wording(question: str, name: str, of: str, subject: str) -> None:
    kind = kind_of(question)
    assert kind is not None
    assert (kind.name, kind.target, kind.subject) == (name, of, subject)


@pytest.mark.parametrize("question", ORDINARY)
def test_in_doubt_it_is_an_ordinary_question(question: str) -> None:
    assert kind_of(question) is None


def test_the_sides_and_the_borders() -> None:
    kind = kind_of("Compare the height of the north tower with the south tower")
    assert kind == QuestionKind("compare", "north tower", "items", "south tower", "height")
    kind = kind_of("What changed between chapters 2 and 5?")
    assert kind is not None
    assert kind.borders == ("chapter 2", "chapter 5")
