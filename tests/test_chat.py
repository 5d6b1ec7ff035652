"""A conversation: kept at once, remembered at constant size, gone on with any day."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import infinidoc
from infinidoc import ingest as ingest_module
from infinidoc.answering.answer_spans import AnswerSpans, Candidate
from infinidoc.cli.entries import entries
from infinidoc.conversation.followup import follows, search_text
from infinidoc.conversation.statements import is_told, later_first
from infinidoc.errors import InfinidocError, LibraryError, NotFound, UsageError
from infinidoc.library import Library
from infinidoc.memory import Memory, MemoryConfig
from infinidoc.retrieval.evidence import Evidence
from tests import tiny
from tests.conftest import Outcome
from tests.test_answering import ANSWER_KEYS

Cli = Callable[..., Outcome]
SECRET = "The zanzibar password is quicksilver."
BLOCK = 4 * 32  # tokens, which are bytes here


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Blocks of 128 tokens, and answers of a few."""
    from infinidoc import language
    from infinidoc.answering import answer

    config = MemoryConfig(segment=32, sinks=2, carried=8)
    monkeypatch.setattr(language.LanguageModel, "config", config)
    monkeypatch.setattr(ingest_module, "SNAPSHOT_TOKENS", 256)
    monkeypatch.setattr(answer, "LONGEST", 4)


@pytest.fixture
def library(tiny_model: Path, tmp_path: Path) -> Iterator[Library]:
    """A tale of seven chapters; a secret stands in the last."""
    library = infinidoc.open(tmp_path / "library.db", model=str(tiny_model))
    pages = "".join(f"# Chapter {n}\n\n{tiny.text(40, n)}\n" for n in range(1, 7))
    (tmp_path / "tale.md").write_text(pages + f"# Chapter 7\n\n{SECRET}\n", "utf-8")
    library.ingest(tmp_path / "tale.md")
    yield library
    library.close()


def again(library: Library) -> Library:
    """The same library in another process."""
    return infinidoc.open(library.store.path, model=library.model)


def text_of(library: Library, name: str) -> str:
    row = library.store.document(name)
    return library.store.text(row["id"], 0, row["characters"])


def snapshot(library: Library, name: str) -> dict[str, Any]:
    return {key: library.show(name)[key] for key in ("memory_sha256", "tokens", "segments")}


# -- turns ---------------------------------------------------------------------------------


def test_a_turn_is_an_answer_and_a_page(library: Library) -> None:
    with library.open_chat() as chatting:
        result = chatting.ask("What is the zanzibar password?")
        assert set(ANSWER_KEYS) | {"turn", "conversation"} <= set(result)
        assert (result["turn"], result["documents"]) == (1, ["tale"])
        assert SECRET in result["evidence"][0]["text"]
        assert chatting.ask("And why?")["turn"] == 2
        json.dumps(result)
    shown = library.show(result["conversation"])
    assert (shown["kind"], shown["pages"], shown["status"]) == ("conversation", 2, "complete")
    page = library.store.page(shown["id"], 1)
    asked = f"You: What is the zanzibar password?\nAnswer: {result['answer']}\n"
    assert page["text"] == asked
    assert len(page["label"]) == len("2026-11-25 12:00")


def test_streaming_gives_the_answer(library: Library) -> None:
    with library.open_chat() as chatting:
        turn = chatting.stream_ask("Who is the captain?")
        streamed = "".join(turn)
        result = turn.finish()
        assert result["answer"] in (streamed.strip(), "Not in this document.")
        assert turn.finish() is result  # kept once


def test_what_was_said_is_searched(library: Library) -> None:
    with library.open_chat(alone=True) as chatting:
        chatting.ask("My parrot is called Hieronymus.")
        for _ in range(4):
            chatting.ask("Let us speak of ships now.")
        result = chatting.ask("What is my parrot called?")
    first = result["evidence"][0]
    assert (first["page"], first["kind"], result["documents"]) == (1, "conversation", [])
    assert "Hieronymus" in first["text"]


def test_what_is_told_is_noted_and_not_answered(library: Library) -> None:
    with library.open_chat(alone=True) as chatting:
        result = chatting.ask("The plumber has a new number, 555 9911.")
        assert (result["answer"], result["found"], result["told"]) == ("Noted.", False, True)
        assert result["evidence"] == []
        page = library.store.page(chatting.conversation.row["id"], 1)
        assert page["text"] == "You: The plumber has a new number, 555 9911.\n"
        asked = chatting.ask("What is the number of the plumber?")
        assert asked["told"] is False
        assert "555 9911" in asked["evidence"][0]["text"]


def test_an_answer_is_no_source_where_all_was_told(library: Library) -> None:
    with library.open_chat(alone=True) as chatting:
        chatting.ask("The fee is 320 pounds.")
        for _ in range(12):
            chatting.conversation.keep("How much is the fee?", "320 pounds", [])
        chatting.ask("The fee went up to 345 pounds.")
        result = chatting.ask("How much is the fee?")
    assert {passage["page"] for passage in result["evidence"]} == {1, 14}


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("Ottilie has twelve hives now, not nine.", True),
        ("The cat sleeps in the boiler room!", True),
        ("Who has the map", False),
        ("Tell me about the map.", False),
        ("I want to know why he left.", False),
        ("In what year did he come.", False),
        ("the notice period", False),
        ("He came. Did he stay?", False),
    ],
)
def test_what_is_told_and_what_is_asked(said: str, told: bool) -> None:
    assert is_told(said) is told


def spans(*pairs: tuple[int, str, float]) -> AnswerSpans:
    said = tuple(Candidate(text, at, 0, len(text), likely) for at, text, likely in pairs)
    return AnswerSpans(said, 0.0, 0)


def turns(*kinds: str) -> list[Evidence]:
    return [
        Evidence("talk", n, None, None, None, 100 * n, 100 * n + 9, "You: so.", 1.0, kind)
        for n, kind in enumerate(kinds)
    ]


def test_of_two_turns_that_answer_the_later_holds() -> None:
    known = turns("conversation", "conversation", "conversation")
    moved = later_first(spans((0, "nine", 0.9), (1, "twelve", 0.06), (2, "blue", 0.001)), known)
    assert getattr(moved.answer, "text", "") == "twelve"
    assert getattr(moved.runner_up, "text", "") == "nine"
    again = later_first(spans((0, "nine", 0.7), (1, "ten", 0.1), (2, "six", 0.05)), known)
    assert getattr(again.answer, "text", "") == "six"


def test_the_place_in_a_document_tells_nothing_of_it() -> None:
    pointed = spans((0, "nine", 0.6), (1, "twelve", 0.4))
    weighed = later_first(pointed, turns("text", "text"))
    assert [one.probability for one in weighed.candidates] == pytest.approx([0.6, 0.4])


def test_the_turn_before_is_given_whatever_its_words(library: Library) -> None:
    with library.open_chat(alone=True) as chatting:
        chatting.conversation.keep("Who has the map?", "Isolde", [])
        result = chatting.ask("Xylophone?")
    assert [passage["page"] for passage in result["evidence"]] == [1]


def test_a_question_that_leans_on_the_one_before_is_looked_up_with_it(library: Library) -> None:
    with library.open_chat() as chatting:
        chatting.ask("What is the zanzibar password?")
        result = chatting.ask("And why is it?")
        assert any(SECRET in passage["text"] for passage in result["evidence"])
    with again(library).open_chat(resume=True) as chatting:  # and on another day
        result = chatting.ask("And who said so?")
        assert any(SECRET in passage["text"] for passage in result["evidence"])


@pytest.mark.parametrize(
    ("question", "leans"),
    [
        ("And why?", True),
        ("Why?", True),
        ("What about her brother?", True),
        ("He took what?", True),
        ("How much did it cost?", True),
        ("Who is Isolde?", False),
        ("Which song did the first mate sing?", False),
        ("What did the captain say of the island that he saw?", False),
    ],
)
def test_which_questions_lean(question: str, leans: bool) -> None:
    assert follows(question) is leans
    assert ("ledger" in search_text(question, "the ledger")) is leans


def test_one_can_stop_an_answer(library: Library) -> None:
    with library.open_chat() as chatting:
        turn = chatting.stream_ask("Who is the captain?")
        first = next(iter(turn))
        turn.stop()
        result = turn.finish()
    assert result["answer"] == first.strip()
    assert "Who is the captain?" in text_of(library, result["conversation"])


# -- kept ----------------------------------------------------------------------------------


def test_a_kill_loses_nothing_that_was_said(library: Library) -> None:
    chatting = library.open_chat()
    for number in range(5):
        chatting.ask(f"Question {number} about the harbour and the lantern of the captain?")
    chatting.conversation.close()  # the system drops the lock of a dead process
    other = again(library)
    said = text_of(other, chatting.name)
    assert all(f"Question {number} " in said for number in range(5))
    result = other.ask("Question about the harbour", documents=[chatting.name])
    assert result["evidence"]
    with other.open_chat(resume=True) as on:
        assert on.ask("Question 5?")["turn"] == 6
    assert text_of(other, chatting.name).startswith(said)
    assert_read_as_if_at_once(other, chatting.name)


def assert_read_as_if_at_once(library: Library, name: str) -> None:
    """The memory is the one that reading the same text as a file gives, bit for bit."""
    assert library.store.path is not None
    path = library.store.path.parent / "said.txt"
    path.write_text(text_of(library, name), "utf-8", newline="")
    library.ingest(path, name="said", force=True)
    assert snapshot(library, name) == snapshot(library, "said")
    ours, theirs = library.store.document(name)["id"], library.store.document("said")["id"]
    unowned = [
        [{k: v for k, v in row.items() if k != "document"} for row in library.store.segments(d)]
        for d in (ours, theirs)
    ]
    assert unowned[0] == unowned[1]


def test_left_and_gone_on_with_is_said_at_once(library: Library) -> None:
    name = "talk"
    for evening in range(3):
        with again(library).open_chat(name=name, resume=evening > 0) as chatting:
            for number in range(4):
                chatting.ask(f"Évening {evening}, question {number} of the island 🙂?")
    assert library.show(name)["pages"] == 12
    assert_read_as_if_at_once(library, name)


def test_a_memory_of_constant_size_and_no_commit_per_turn(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    saved: list[str] = []
    real = library.store.save_memory

    def spy(document: int, role: str, header: Any, blob: bytes) -> None:
        saved.append(role)
        real(document, role, header, blob)

    monkeypatch.setattr(library.store, "save_memory", spy)
    sizes, tails = [], []
    with library.open_chat(alone=True) as chatting:
        chatting.ask("Hello?")
        saved.clear()
        for number in range(60):
            chatting.conversation.keep(f"Turn {number} of many, of the island?", "no", [])
            chatting.remember()
            row = library.store.document(chatting.name)
            sizes.append(row["memory_bytes"])
            tails.append(chatting.conversation.unread)
        turns = sum(len(text) for text in text_of(library, chatting.name).splitlines(True))
        assert len(saved) <= 2 * (turns // BLOCK + 1)
    assert len(set(sizes[10:])) == 1
    assert max(tails) < BLOCK + 60
    assert_read_as_if_at_once(library, chatting.name)


def test_the_memory_follows_while_one_speaks(library: Library) -> None:
    with library.open_chat(alone=True) as chatting:
        for number in range(8):
            chatting.ask(f"What of the harbour and the storm, number {number}?")
        row = library.store.document(chatting.name)
        assert 0 < row["tokens"] < row["characters"]
        assert row["tokens"] % BLOCK == 0
        assert chatting.conversation.is_behind
    assert library.show(chatting.name)["tokens"] == len(text_of(library, chatting.name).encode())
    assert not chatting.conversation.is_behind


def test_an_interrupted_reading_of_what_was_said_is_made_up_for(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    from infinidoc import stream

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    with library.open_chat(alone=True) as chatting:
        chatting.conversation.keep("x " * BLOCK, "no", [])
        with monkeypatch.context() as patch:
            patch.setattr(stream, "read_block", interrupt)
            with pytest.raises(KeyboardInterrupt):
                chatting.remember()
        chatting.ask("And then?")
    assert_read_as_if_at_once(library, chatting.name)


def test_a_conversation_is_a_document_like_any(library: Library, tmp_path: Path) -> None:
    from infinidoc.store.portable import export_document, import_documents
    from infinidoc.store.verify import verify

    with library.open_chat(name="talk") as chatting:
        chatting.ask("What is the zanzibar password of the captain?")
    row = library.store.document("talk")
    assert library.ask("What about the zanzibar?", documents=["talk"])["evidence"][0]["page"] == 1
    assert library.summarize(document="talk", length="short")["sections"]
    export_document(library.store, row["id"], tmp_path / "talk.infinidoc")
    assert list(verify(library.store)) == []
    (tmp_path / "more.txt").write_text("A note between.\n", "utf-8")
    library.append("talk", tmp_path / "more.txt")
    with library.open_chat(resume=True) as on:
        assert on.documents[0]["name"] == "tale"
        assert on.ask("And then?")["turn"] == 3
    assert_read_as_if_at_once(library, "talk")
    library.remove("talk")
    import_documents(library.store, tmp_path / "talk.infinidoc")
    with library.open_chat(resume=True, name="talk") as on:
        assert on.ask("And then?")["turn"] == 2


def test_the_latest_document_is_no_conversation(library: Library) -> None:
    with library.open_chat() as chatting:
        chatting.ask("Who?")
    assert library.ask("Who?")["documents"] == ["tale"]
    with library.open_chat(name="other") as another:
        assert [row["name"] for row in another.documents] == ["tale"]
    assert "other" not in [row["document"] for row in library.list()]  # nothing was said
    library.remove("tale")
    with library.open_chat(resume=True) as on:
        assert on.documents == []


def test_what_makes_no_sense_is_refused_at_once(library: Library) -> None:
    def refused(error: type[InfinidocError], words: str, **options: Any) -> None:
        with pytest.raises(error, match=words):
            library.open_chat(**options)

    refused(NotFound, "no conversation", resume=True)
    refused(NotFound, "not a conversation", resume=True, name="tale")
    refused(UsageError, "such a document", name="tale")
    refused(UsageError, "mode", mode="guess")
    refused(NotFound, "pages 1 to", until=99)
    refused(NotFound, "no such document", documents=["missing"])
    with library.open_chat(name="talk") as chatting:
        chatting.ask("Who?")
        with pytest.raises(LibraryError, match="another process"):
            again(library).open_chat(resume=True)
        with pytest.raises(UsageError, match="empty"):
            chatting.ask(" ")


# -- until ---------------------------------------------------------------------------------


def test_nothing_after_the_border_is_known(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    from infinidoc.answering import generate

    handed: list[Memory] = []
    real = generate.read_prompt

    def spy(language: Any, spans: Any, memories: Any) -> Any:
        handed.extend(memory for memory in memories if memory is not None)
        return real(language, spans, memories)

    monkeypatch.setattr(generate, "read_prompt", spy)
    with library.open_chat(name="talk") as chatting:  # a time that knew everything
        chatting.conversation.keep("What is the zanzibar password?", "quicksilver", ["tale"])
    tale = library.store.document("tale")["id"]
    border = library.store.page(tale, 3)["end"]
    segments = library.store.segments(tale)
    for options in ({"resume": True}, {"name": "fresh"}):
        for mode in ("auto", "memory", "evidence"):
            handed.clear()
            resume = {"resume": True} if mode != "auto" else options
            with library.open_chat(mode=mode, until="Chapter 3", **resume) as chatting:
                for _ in range(3):
                    result = chatting.ask("What of the zanzibar password of the captain?")
                    assert "quicksilver" not in json.dumps(result)
                    result = chatting.ask("And why?")
                    assert "quicksilver" not in json.dumps(result)
            for memory in handed:
                read = [s["end"] for s in segments if s["token_start"] < memory.tokens_seen]
                assert not read or max(read) <= border


# -- the command ---------------------------------------------------------------------------


@pytest.fixture
def tale(tmp_path: Path) -> Path:
    path = tmp_path / "tale.txt"
    path.write_text("The captain hid the map.\n\n" + tiny.text(60), "utf-8")
    return path


def test_piped_questions(cli: Cli, tale: Path) -> None:
    cli("ingest", tale)
    lines = b"Who hid the map?\n\nAnd why \\\nis that?\n!multi\nWhat\nisland?\n!end\n/quit\nNo.\n"
    result = cli("chat", "--doc", "tale", "--json", stdin=lines)
    turns = [json.loads(line) for line in result.out.splitlines()]
    assert [turn["question"] for turn in turns] == [
        "Who hid the map?",
        "And why \nis that?",
        "What\nisland?",
    ]
    assert [turn["turn"] for turn in turns] == [1, 2, 3]
    on = cli("chat", "--continue", "--json", stdin=b"Who?\n")
    assert (on.json["turn"], on.json["documents"]) == (4, ["tale"])
    assert on.json["conversation"] == turns[0]["conversation"]
    asked = cli("ask", "map", "--doc", on.json["conversation"], "--json").json
    assert asked["evidence"][0]["page"] == 1


def test_what_a_person_sees(cli: Cli, tale: Path) -> None:
    cli("ingest", tale)
    result = cli("chat", "--questions", "-", stdin=b"Who hid the map?\n/sources\n/help\n/dance\n")
    assert result.out.startswith("> Who hid the map?\n")
    assert "[1] page 1, line 1: The captain hid the map." in result.out
    assert "/quit" in result.out
    assert "there is no /dance" in result.err
    assert "chat-2" in cli("list").out


def test_questions_from_a_file(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "questions").write_text("One?\nTwo?\n", "utf-8")
    result = cli("chat", "--questions", tmp_path / "questions", "--alone", "-q")
    assert (result.code, len(result.out.splitlines())) == (0, 2)
    assert cli("chat", "--questions", tmp_path / "missing").code == 1


def test_an_empty_library_is_no_reason_not_to_talk(cli: Cli) -> None:
    assert cli("chat", "--json", stdin=b"").code == 0
    assert cli("chat", "--questions", "-", "--json", stdin=b"Hello?\n").json["documents"] == []


def test_a_piped_document_without_a_terminal(
    cli: Cli, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from infinidoc.cli import entries as module

    monkeypatch.setattr(module, "TERMINAL", str(tmp_path / "none"))
    result = cli("chat", stdin=b"12:02 the pump failed first\n")
    assert result.code == 2
    assert "--questions -" in result.err
    assert cli("list").out == ""


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["--alone", "--doc", "x"], 2, "--alone"),
        (["--continue"], 1, "no conversation"),
        (["--doc", "x"], 1, "no such document"),
        (["--alone", "--mode", "guess"], 2, "mode"),
    ],
)
def test_what_makes_no_sense(cli: Cli, arguments: list[str], code: int, words: str) -> None:
    result = cli("chat", *arguments, stdin=b"Who?\n")
    assert result.code == code
    assert words in result.err
    assert "Traceback" not in result.err


def test_ctrl_c_stops_the_answer_and_not_the_program(
    library: Library, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from infinidoc.answering import generate
    from infinidoc.cli.answers import AnswerDisplay
    from infinidoc.cli.chatting import ChatSession

    real = generate.write

    def interrupted(*values: Any, **options: Any) -> Iterator[Any]:
        yield generate.Piece("The cap", 0.0)
        raise KeyboardInterrupt

    showing = AnswerDisplay(json=True, quiet=True, verbose=False, whole=False, stoppable=True)
    with library.open_chat() as chatting:
        talk = ChatSession(chatting, showing, typed=True)
        monkeypatch.setattr(generate, "write", interrupted)
        talk.hold(["Who hid the map of the captain?"])
        monkeypatch.setattr(generate, "write", real)
        talk.hold(["Who has the gold?"])
    first, second = map(json.loads, capsys.readouterr().out.splitlines())
    assert (first["answer"], first["turn"], second["turn"]) == ("The cap", 1, 2)
    assert "Answer: The cap\n" in text_of(library, chatting.name)


def test_entries_of_several_lines() -> None:
    lines = iter(["one", "", "two \\", "more", "!multi", "a", "b"])

    def read(prompt: str) -> str:
        try:
            return next(lines)
        except StopIteration:
            raise EOFError from None

    assert list(entries(read)) == ["one", "two \nmore", "a\nb"]


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
def test_in_a_real_terminal(tiny_model: Path, tale: Path, home: Path) -> None:
    import pexpect

    environment = {**os.environ, "INFINIDOC_MODEL": str(tiny_model), "TERM": "xterm"}
    environment["PROMPT_TOOLKIT_NO_CPR"] = "1"
    command = f"cat {tale} | {sys.executable} -m infinidoc chat --name talk --no-stream"
    child = pexpect.spawn("sh", ["-c", command], env=environment, encoding="utf-8", timeout=120)
    child.expect("about stdin-.*, kept in talk")
    child.expect(r"\x1b\[\?2004h")  # the prompt is there
    child.send("Who hid\x1b\rthe map?\r")  # Alt-Enter
    child.expect(r"page 1, line 1|Not in this document|\r\n\S")
    child.send("/sources\r")
    child.expect("The captain hid the map")
    child.send("half a line\x03")  # Ctrl-C forgets it
    child.send("\x1b[A")  # the history
    child.expect("/sources")
    child.send("\x03\x04")  # Ctrl-D
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0
    assert "+Who hid\n+the map?" in (home / "chat-history").read_text("utf-8")
    with infinidoc.open(home / "library.db") as library:
        assert "You: Who hid\nthe map?\n" in text_of(library, "talk")
