"""How a model's conversations are written: its own chat template, rendered.

Knows strings, a tokenizer's description and its settings; what the words of a message become
is the tokenizer's business. No code of a model's is run: Jinja's sandbox renders the template.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import regex

from infinidoc.errors import ModelError

MARKER = "⟦{}⟧"  # stands for a message while a template is rendered


class ChatTemplate:
    """The template of a model folder, if it has one."""

    def __init__(self, folder: Path, description: dict[str, Any], settings: dict[str, Any]) -> None:
        """`description`: of tokenizer.json; `settings`: of tokenizer_config.json."""
        self.folder, self._description, self._settings = folder, description, settings

    @property
    def exists(self) -> bool:
        """Whether the folder says how a conversation is written."""
        return bool(self._settings.get("chat_template")) or self._file.exists()

    @property
    def _file(self) -> Path:
        return self.folder / "chat_template.jinja"

    def render(self, roles: list[str]) -> list[tuple[int, list[int]]]:
        """The template around numbered messages: (-1, tokens before the first), then for each
        message its number and the tokens after it. Thinking is off where it can be."""
        from transformers.utils.chat_template_utils import render_jinja_template

        turns = [{"role": role, "content": MARKER.format(i)} for i, role in enumerate(roles)]
        names = ("bos_token", "eos_token")
        tokens: dict[str, Any] = {name: content(self._settings.get(name)) for name in names}
        try:
            rendered: Any = render_jinja_template(
                conversations=[turns],
                chat_template=self._written(),
                add_generation_prompt=True,
                enable_thinking=False,
                **tokens,
            )
        except Exception as error:  # a template is a program of its own
            what = "its chat template refuses this conversation"
            raise ModelError(what, where=self.folder) from error
        pieces = regex.split(MARKER.format(r"(\d+)"), str(rendered[0][0]))
        numbers = [-1, *map(int, pieces[1::2])]
        return [(n, self._encode(piece)) for n, piece in zip(numbers, pieces[::2], strict=True)]

    def _written(self) -> str:
        """The template's text; of several, the one for plain conversations."""
        if self._file.exists():
            return self._file.read_text("utf-8")
        template = self._settings["chat_template"]
        if isinstance(template, list):
            named = {one["name"]: one["template"] for one in template}
            return str(named.get("default") or next(iter(named.values())))
        return str(template)

    def _encode(self, text: str) -> list[int]:
        """Token ids of a template's text, in which control tokens are control tokens."""
        from tokenizers import Tokenizer as Rust

        theirs = Rust.from_str(json.dumps({**self._description, "post_processor": None}))
        return [int(token) for token in theirs.encode(text, add_special_tokens=False).ids]


def puts_first(description: dict[str, Any], token: str) -> bool:
    """Whether a tokenizer's own processing puts a control token before every text."""
    steps = description.get("post_processor") or {}
    for step in steps.get("processors", [steps]):
        single = step.get("single") or [{}]
        if token and single[0].get("SpecialToken", {}).get("id") == token:
            return True
    return False


def content(token: Any) -> str:
    """A control token as settings have it: a string, or a dictionary with its content."""
    return str(token.get("content", "") if isinstance(token, dict) else token or "")
