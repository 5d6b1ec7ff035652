"""The training loop: items in, steps taken, checkpoints and a log of scores out.

Which items make up step n depends on the seed and n alone, and checkpoints hold all
there is to hold, so a run that was stopped and goes on ends with the same parameters.
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import torch
from torch import Tensor, nn

from infinidoc.training import checkpoint

Log = Callable[[str], None]


class Task(Protocol):
    """What is learned: a loss for every (step, share) and a score to watch."""

    def losses(self, step: int) -> Iterator[Tensor]:
        """The losses whose mean step number `step` goes down; each is used before the next."""

    def evaluate(self) -> dict[str, float]:
        """Scores of generated answers; never a loss alone."""


@dataclass(frozen=True)
class Schedule:
    """How long and how fast: rates warm up, stay, and fall over the last part of the steps.

    The middle is flat, so a run can be lengthened without having been wrong until then.
    """

    steps: int
    warmup: int = 15
    decay: float = 0.35  # share of the steps over which the rates fall
    floor: float = 0.02  # of the peak rate, at the end
    clip: float = 1.0
    checkpoint_seconds: float = 600.0
    evaluate_every: int = 75

    def factor(self, step: int) -> float:
        """What the peak rate is multiplied by at `step`, counted from 0."""
        if step < self.warmup:
            return (step + 1) / self.warmup
        left = (self.steps - step) / max(self.decay * self.steps, 1)
        return max(self.floor, min(left, 1.0))


@dataclass(frozen=True)
class Rates:
    """Peak learning rates; gates and lengths are logarithms of weights and must be able to move
    by units (no decay on them)."""

    low_rank: float = 1e-3
    memory: float = 1e-3
    gates: float = 1e-2
    head: float = 1e-3  # of a pointing reader

    def of(self, name: str) -> float:
        if name.endswith((".gate", ".length")):
            return self.gates
        if name.startswith("head."):
            return self.head
        return self.low_rank if name.endswith((".a", ".b")) else self.memory


class Trainer:
    """Takes the steps of a schedule, wherever it was left."""

    def __init__(
        self,
        task: Task,
        parameters: dict[str, nn.Parameter],
        schedule: Schedule,
        rates: Rates,
        path: Path,
        log: Log = print,
    ) -> None:
        self.task, self.parameters, self.schedule = task, parameters, schedule
        self.path, self.log = path, log
        by_rate: dict[float, list[nn.Parameter]] = {}
        for name, parameter in parameters.items():
            by_rate.setdefault(rates.of(name), []).append(parameter)
        groups = [
            {"params": group, "lr": rate, "peak": rate, "weight_decay": 0.0}
            for rate, group in by_rate.items()
        ]
        self.optimizer = torch.optim.AdamW(groups, betas=(0.9, 0.95), foreach=True)
        self.on_save: Callable[[], None] = lambda: None
        self.step = 0
        self.history: list[dict[str, Any]] = []
        if path.exists():
            header = checkpoint.restore(path, parameters, self.optimizer)
            self.step, self.history = header["step"], header["history"]
            log(f"going on from step {self.step}")

    def run(self, seconds: float = math.inf) -> bool:
        """Train until the schedule is done or the time is up; True if it is done."""
        began = saved = time.monotonic()
        while self.step < self.schedule.steps:
            loss = self._take_step()
            self._report(loss, time.monotonic() - began)
            if self.step % self.schedule.evaluate_every == 0:
                self._evaluate()
            now = time.monotonic()
            if now - saved > self.schedule.checkpoint_seconds or now - began > seconds:
                self.save()
                saved = now
            if now - began > seconds:
                return False
        self.save()
        return True

    def save(self) -> None:
        header = {"step": self.step, "history": self.history}
        checkpoint.save(self.path, self.parameters, self.optimizer, header)
        self.on_save()

    def _take_step(self) -> float:
        factor = self.schedule.factor(self.step)
        for group in self.optimizer.param_groups:
            group["lr"] = group["peak"] * factor
        self.optimizer.zero_grad(set_to_none=True)
        total, count = 0.0, 0
        for loss in self.task.losses(self.step):
            torch.autograd.backward(loss)
            total, count = total + float(loss.detach()), count + 1
        for parameter in self.parameters.values():
            if parameter.grad is not None:
                parameter.grad.div_(count)
        nn.utils.clip_grad_norm_(self.parameters.values(), self.schedule.clip)
        self.optimizer.step()
        self.step += 1
        return total / count

    def _report(self, loss: float, seconds: float) -> None:
        self.log(json.dumps({"step": self.step, "loss": round(loss, 4), "s": round(seconds)}))

    def _evaluate(self) -> None:
        started = time.monotonic()
        scores: dict[str, Any] = {"step": self.step, **self.task.evaluate()}
        scores["seconds"] = round(time.monotonic() - started, 1)
        self.history.append(scores)
        self.log(json.dumps(scores))
