"""One document read by one process and by several in a ring: tokens/s, and whether the
memories are the same, bit for bit.

The tokens are drawn at random: what is read does not change how long it takes.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch

from infinidoc.benchmarks.machine import describe
from infinidoc.errors import InfinidocError
from infinidoc.language import LanguageModel
from infinidoc.many.crew import thread_share

BLOCK = 4  # segments
_RANK = "import sys; from infinidoc.benchmarks.ranks import rank; rank(*sys.argv[1:])"


def run(model: str | None, tokens: int, sizes: Sequence[int]) -> None:
    """Print a row for each number of ranks, and as the last line all as JSON."""
    print(describe())
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for size in sizes:
            row = _job(model, tokens, size, Path(folder) / f"meeting-{size}")
            rows.append(row)
            print(f"{size} ranks: {row['tokens_per_second']} tokens/s, {row['seconds']} s")
    equal = len({row["memory"] for row in rows}) == 1
    print(json.dumps({"benchmark": "ranks", "tokens": tokens, "bit_equal": equal, "ranks": rows}))


def _job(model: str | None, tokens: int, size: int, meeting: Path) -> dict[str, Any]:
    """Read with so many ranks; the row of the one that read the last block."""
    given = [str(tokens), str(size), str(meeting), model or ""]
    ranks = [
        subprocess.Popen(
            [sys.executable, "-c", _RANK, str(number), *given], stdout=subprocess.PIPE, text=True
        )
        for number in range(size)
    ]
    told = "".join(one.communicate()[0] for one in ranks)
    if any(one.returncode for one in ranks) or not told:
        raise InfinidocError("a rank failed", where=f"{size} ranks")
    row: dict[str, Any] = json.loads(told)
    return {"ranks": size, "threads_each": thread_share(size), **row}


def rank(number: str, tokens: str, size: str, meeting: str, model: str) -> None:
    """Read as one of `size` ranks; the one that reads the last block prints what it made."""
    from torch import distributed

    from infinidoc.model.ring import read_in_ring

    torch.set_num_threads(thread_share(int(size)))
    distributed.init_process_group(
        "gloo", f"file://{meeting}", rank=int(number), world_size=int(size)
    )
    decoder = LanguageModel.find(model or None).decoder
    ids = torch.randint(
        decoder.shape.vocabulary, (1, int(tokens)), generator=torch.Generator().manual_seed(0)
    )
    blocks = ids.split(BLOCK * decoder.config.segment, dim=1)
    with torch.inference_mode():
        decoder.read(blocks[0], decoder.empty_memory())  # what is made at first use is made
    distributed.barrier()
    started = time.perf_counter()
    memory = read_in_ring(decoder, blocks, decoder.empty_memory())
    if memory is not None:
        seconds = time.perf_counter() - started
        rate = round(int(tokens) / seconds, 1)
        row = {"seconds": round(seconds, 2), "tokens_per_second": rate, "memory": memory.digest()}
        print(json.dumps(row))
    distributed.barrier()
    distributed.destroy_process_group()
