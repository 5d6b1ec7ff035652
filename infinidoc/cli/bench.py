"""`infinidoc bench`: the measurements behind every number that is claimed."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from infinidoc.cli import options
from infinidoc.errors import UsageError

app = typer.Typer(no_args_is_help=True, help="Measure this machine; every claim is one of these.")


@app.command()
def ingest(
    tokens: Annotated[int, typer.Option("--tokens", help="Length of the long text.")] = 200_000,
    short: Annotated[int, typer.Option("--short", help="Length of the short text.")] = 20_000,
    model: options.Model = None,
    gate: Annotated[
        float | None, typer.Option("--gate", help="Open every gate to this beta first.")
    ] = None,
) -> None:
    """Reading rate against transformers' prefill; rate and memory over document length."""
    from infinidoc.benchmarks.ingest import run

    run(model, tokens, short, gate)


@app.command()
def speed(
    lengths: Annotated[
        str, typer.Option("--lengths", help="Tokens of whole documents, by commas.")
    ] = "1000,10000,100000",
    prefills: Annotated[
        str, typer.Option("--prefills", help="Tokens of the peers' prompts, by commas.")
    ] = "512,2048,8192",
    written: Annotated[int, typer.Option("--decode", help="Tokens to decode.")] = 64,
    rounds: Annotated[int, typer.Option("--rounds", help="Turns that each takes.")] = 3,
    peers: Annotated[
        str, typer.Option("--peers", help="Some of transformers,llama.cpp.")
    ] = "transformers,llama.cpp",
    model: options.Model = None,
    device: options.Device = "auto",
    offline: options.Offline = False,
) -> None:
    """Reading and writing beside the machine's ceiling, transformers and llama.cpp."""
    from infinidoc.benchmarks.speed import Plan, run

    plan = Plan(_numbers(lengths), _numbers(prefills) or [512], written, rounds, _names(peers))
    run(model, device, plan, offline)


def _numbers(text: str) -> list[int]:
    """Numbers between commas, the smallest first."""
    try:
        return sorted(int(part) for part in _names(text))
    except ValueError:
        raise UsageError(f"{text} are no numbers", hint="such as 1000,10000") from None


def _names(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


@app.command()
def startup(
    runs: Annotated[int, typer.Option("--runs", help="Runs of each command.")] = 5,
    model: options.Model = None,
) -> None:
    """How long --help, list, show and ask take, as whole processes."""
    from infinidoc.benchmarks.startup import run

    run(model, runs)


@app.command()
def peak(
    text: Annotated[int, typer.Option("--text", help="MB of a text of lines; 0: none.")] = 200,
    line: Annotated[
        int, typer.Option("--line", help="MB of a text, and of a JSON list, of one line.")
    ] = 100,
    pdf: Annotated[int, typer.Option("--pdf", help="Pages of a PDF.")] = 500,
) -> None:
    """The most memory that reading takes: very long texts, lines and PDFs; no model."""
    from infinidoc.benchmarks.peak import run

    run(text, line, pdf)


@app.command()
def window(
    text: Annotated[str, typer.Argument(help="A text file of 20,000 tokens or more.")],
    model: options.Model = None,
    tokens: Annotated[int, typer.Option("--tokens", help="How much of it to read.")] = 12_000,
) -> None:
    """Perplexity of the base model under different windows, sinks and gates."""
    from infinidoc.benchmarks.window import run

    run(model, text, tokens)


Data = Annotated[Path, typer.Option("--data", help="Folder of training and development data.")]
Work = Annotated[
    Path, typer.Option("--work", help="What is done is kept here; run again to go on.")
]


@app.command()
def recall(
    data: Data,
    work: Work,
    lengths: Annotated[
        str, typer.Option("--lengths", help="Tokens of the documents, by commas.")
    ] = "32768,131072",
    samples: Annotated[int, typer.Option("--samples", help="Of each cell.")] = 50,
    tasks: Annotated[
        str, typer.Option("--tasks", help="Some of passkey,fact,babi1,babi2,babi3,facts64.")
    ] = "passkey,fact,babi1,babi2,babi3,facts64",
    windowed: Annotated[
        bool, typer.Option("--window/--no-window", help="Also with 7,600 tokens in the window.")
    ] = True,
    model: options.Model = None,
) -> None:
    """Facts, passkeys and stories in long documents, answered from the memory alone."""
    from infinidoc.benchmarks.recall import run

    run(model, data, work, _numbers(lengths), samples, tasks.split(","), windowed)


@app.command()
def reading(
    data: Data,
    work: Work,
    contexts: Annotated[int, typer.Option("--contexts", help="Paragraphs to ask about.")] = 120,
    model: options.Model = None,
) -> None:
    """Questions on a paragraph in front of the model: F1, exact match, refusals."""
    from infinidoc.benchmarks.reading import run

    run(model, data, work, contexts)


@app.command()
def answers(
    data: Data,
    work: Work,
    tokens: Annotated[int, typer.Option("--tokens", help="Of the joined document.")] = 100_000,
    questions: Annotated[int, typer.Option("--questions", help="A quarter unanswerable.")] = 200,
    part: Annotated[str, typer.Option("--part", help="dev, or train to calibrate.")] = "dev",
    peers: Annotated[
        str, typer.Option("--peers", help="Some of bm25,beginning,memory,evidence.")
    ] = "bm25,beginning,memory,evidence",
    held_out: Annotated[
        bool, typer.Option("--held-out", help="Only paragraphs that no reader was chosen by.")
    ] = False,
    model: options.Model = None,
) -> None:
    """Questions on long joined documents, beside BM25 and others with the same model."""
    from infinidoc.benchmarks.answers import run

    run(model, data, work, tokens, questions, part, _names(peers), held_out)


@app.command()
def finding(
    data: Data,
    tokens: Annotated[int, typer.Option("--tokens", help="Of the joined document.")] = 200_000,
    part: Annotated[str, typer.Option("--part", help="dev or train.")] = "dev",
    model: options.Model = None,
) -> None:
    """Whether the passages that answer are among those that are read, beside BM25."""
    from infinidoc.benchmarks.finding import run

    run(model, data, tokens, part)


@app.command()
def many(
    documents: Annotated[int, typer.Option("--documents", help="To read, each by itself.")] = 40,
    words: Annotated[int, typer.Option("--words", help="Of a document.")] = 10_000,
    workers: Annotated[str, typer.Option("--workers", help="Of each job, by commas.")] = "1,2",
    kills: Annotated[int, typer.Option("--kills", help="Of workers, in a job more.")] = 0,
    ray: Annotated[
        str | None, typer.Option("--ray", help="On this cluster, too; local: one started for it.")
    ] = None,
    model: options.Model = None,
) -> None:
    """Documents an hour by one worker and by several; killed workers leave no trace."""
    from infinidoc.benchmarks.many import run

    run(model, documents, words, _numbers(workers) or [1], kills, ray)


@app.command()
def askers(
    questions: Annotated[int, typer.Option("--questions", min=1, max=24, help="To ask.")] = 16,
    askers: Annotated[str, typer.Option("--askers", help="At once, by commas.")] = "1,4,16",
    model: options.Model = None,
) -> None:
    """Answers a minute of one `serve --http` to several who ask at once."""
    from infinidoc.benchmarks.askers import run

    run(model, questions, _numbers(askers) or [1])


@app.command()
def ranks(
    tokens: Annotated[int, typer.Option("--tokens", help="Of the document.")] = 32_768,
    ranks: Annotated[str, typer.Option("--ranks", help="Processes, by commas.")] = "1,2",
    model: options.Model = None,
) -> None:
    """One document read by several processes in a ring: tokens/s, and equal memories."""
    from infinidoc.benchmarks.ranks import run

    run(model, tokens, _numbers(ranks) or [1])


@app.command()
def scale(
    documents: Annotated[int, typer.Option("--documents", help="Books to read.")] = 1_000_000,
    questions: Annotated[float, typer.Option("--questions", help="Asked a second.")] = 1000.0,
    measured: Annotated[
        Path | None, typer.Option("--measured", help="JSON of rates measured elsewhere.")
    ] = None,
) -> None:
    """What very many books would take, reckoned from measured rates; what breaks first."""
    from infinidoc.benchmarks.scale import run

    run(documents, questions, measured)


@app.command()
def routing(
    data: Data,
    work: Work,
    documents: Annotated[int, typer.Option("--documents", help="To choose from.")] = 100_000,
    questions: Annotated[int, typer.Option("--questions", help="Half choose, half report.")] = 1000,
    words: Annotated[int, typer.Option("--words", help="Of a document.")] = 400,
) -> None:
    """Which of very many documents a question is about, beside BM25 alone; no model."""
    from infinidoc.benchmarks.routing import run

    run(data, work, documents, questions, words)


@app.command()
def pages(
    seed: Annotated[int, typer.Option("--seed", help="Of what stands on the pages.")] = 0,
    twins: Annotated[
        Path | None, typer.Option("--twins", help="A folder of PDFs beside their text or XML.")
    ] = None,
) -> None:
    """The text of PDF pages of known text in many layouts, beside other readers."""
    from infinidoc.benchmarks import pages
    from infinidoc.benchmarks import twins as beside

    if twins is None:
        pages.run(seed)
    else:
        beside.run(twins)


@app.command()
def kinds(
    data: Annotated[
        Path | None, typer.Option("--data", help="Folder of data: its questions are plain ones.")
    ] = None,
    train: Annotated[
        bool, typer.Option("--train", help="Learn the weights first; needs --data.")
    ] = False,
) -> None:
    """Whether questions that need the whole text are told by their wording: F1 of each kind."""
    from infinidoc.benchmarks.kinds import run

    if train and data is None:
        raise UsageError("--train needs --data FOLDER")
    run(data, train)


@app.command()
def memory(
    data: Data,
    books: Annotated[int, typer.Option("--books", help="Unseen books to read.")] = 10,
    lengths: Annotated[str, typer.Option("--lengths", help="Read on to so many tokens.")] = "",
    plot: Annotated[
        Path | None, typer.Option("--plot", help="Only draw perplexity over position, as SVG.")
    ] = None,
    model: options.Model = None,
) -> None:
    """What each part of the memory is worth to plain reading, with controls."""
    from infinidoc.benchmarks.memory import run

    run(model, data, books, _numbers(lengths), plot)


@app.command()
def summaries(
    data: Data,
    work: Annotated[
        Path | None, typer.Option("--work", help="What the model wrote is kept here.")
    ] = None,
    documents: Annotated[int, typer.Option("--documents", help="Documents to summarize.")] = 60,
    strings: Annotated[
        bool, typer.Option("--strings", help="Only what needs no model: takes seconds.")
    ] = False,
    model: options.Model = None,
) -> None:
    """ROUGE and support of quotations, of the model, of the first words and of TextRank."""
    from infinidoc.benchmarks.summaries import run

    run(model, data, documents, work, strings)


@app.command()
def ablation(
    data: Data,
    work: Work,
    steps: Annotated[int, typer.Option("--steps", help="Of training, for each variant.")] = 60,
    only: Annotated[str, typer.Option("--only", help="Names of variants, by semicolons.")] = "",
    tokens: Annotated[int, typer.Option("--tokens", help="Of a text.")] = 2048,
    model: options.Model = None,
) -> None:
    """Which kind of memory learns to stand for full attention, at the same small budget."""
    from infinidoc.benchmarks.ablation import run

    names = [name.strip() for name in only.split(";") if name.strip()]
    run(model, data, work, steps, names, tokens)


@app.command()
def text(
    tables: Annotated[
        Path, typer.Option("--tables", help="The folder tests/text of the repository.")
    ] = Path("tests/text"),
) -> None:
    """Sentence borders, numbers and dates, and statements checked, on tables of real prose."""
    from infinidoc.benchmarks.text_tables import run

    if not (tables / "prose").is_dir():
        raise UsageError("no tables of prose", where=str(tables), hint="--tables tests/text")
    run(tables)


@app.command()
def checking(
    data: Data,
    part: Annotated[str, typer.Option("--part", help="dev or train.")] = "dev",
    kinds: Annotated[
        str, typer.Option("--kinds", help="Some of books,prose,summaries.")
    ] = "books,prose,summaries",
    documents: Annotated[int, typer.Option("--documents", help="Texts of each kind.")] = 30,
    skip: Annotated[int, typer.Option("--skip", help="Texts of each kind to leave out.")] = 0,
    unjudged: Annotated[
        Path | None, typer.Option("--unjudged", help="Where findings to be judged are added.")
    ] = None,
) -> None:
    """What each rule of `check` finds in untouched texts, and of planted faults."""
    from infinidoc.benchmarks.checking import run

    run(data, part, _names(kinds), documents, skip, unjudged)
