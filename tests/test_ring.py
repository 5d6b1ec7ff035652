"""One document read by several processes has the memory of one."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from infinidoc.memory import MemoryConfig
from infinidoc.model.decoder import Decoder
from tests import tiny

CONFIG = MemoryConfig(segment=16, sinks=2, carried=4, kept=12, kept_from=1)
LENGTHS = (48, 32, 48, 16, 48, 48, 9)  # tokens of the blocks
RANK = """
import sys, torch
from torch import distributed
from tests import test_ring
from infinidoc.model.ring import read_in_ring
rank, size = int(sys.argv[1]), int(sys.argv[2])
distributed.init_process_group("gloo", f"file://{sys.argv[3]}", rank=rank, world_size=size)
model, blocks = test_ring.model(), test_ring.blocks()
memory = read_in_ring(model, blocks, model.empty_memory())
if memory is not None:
    print(memory.digest(), memory.tokens_seen, memory.segments_seen)
distributed.barrier()
distributed.destroy_process_group()
"""


def model() -> Decoder:
    return tiny.decoder(CONFIG, gate=0.5)


def blocks() -> list[torch.Tensor]:
    generator = torch.Generator().manual_seed(1)
    return [torch.randint(0, 259, (1, length), generator=generator) for length in LENGTHS]


@pytest.mark.skipif(not torch.distributed.is_gloo_available(), reason="this torch has no gloo")
@pytest.mark.parametrize("size", [2, 3])
def test_the_memory_is_that_of_one_process_bit_for_bit(size: int, tmp_path: Path) -> None:
    torch.set_num_threads(1)
    decoder = model()
    memory = decoder.empty_memory()
    with torch.inference_mode():
        for ids in blocks():
            memory = decoder.read(ids, memory)
    root = str(Path(__file__).parent.parent)
    ranks = [
        subprocess.Popen(
            [sys.executable, "-c", RANK, str(rank), str(size), str(tmp_path / "meeting")],
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": root, "OMP_NUM_THREADS": "1"},
            text=True,
        )
        for rank in range(size)
    ]
    told = "".join(rank.communicate(timeout=300)[0] for rank in ranks)
    assert all(rank.returncode == 0 for rank in ranks)
    expected = [memory.digest(), str(memory.tokens_seen), str(memory.segments_seen)]
    assert told.split()[-3:] == expected
