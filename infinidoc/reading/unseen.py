"""What stands in a file and not on the page: characters that nobody sees.

A soft hyphen only says where a word may be broken; a zero-width space, where a line may.
A zero-width joiner stays behind letters whose shape it changes (Persian, scripts of India,
emoji). Knows strings only.
"""

from __future__ import annotations

import re

_BROKEN = re.compile(r"(\S{0,99})\u00ad[ \t]*\n[ \t]*([^\W\d_]\S*)[ \t]*(\n?)")
_UNSEEN = re.compile(r"[\u00ad\u200b\u2060\ufeff]|(?<![\u0590-\U0010ffff])[\u200c\u200d]+")
_HYPHEN = re.compile(r"(?<=\d)\u00ad(?=\d)")  # numbers are not broken: a hyphen badly written


def seen(text: str) -> str:
    """`text` as it is seen, with its lines: a word broken at a soft hyphen is whole."""
    if text.isascii():
        return text
    text = _BROKEN.sub(_whole, text) if "\u00ad" in text else text
    return _UNSEEN.sub("", _HYPHEN.sub("-", text))


def _whole(broken: re.Match[str]) -> str:
    """The word on its first line; on its second if nothing else stands there."""
    first, second, alone = broken.groups()
    return f"\n{first}{second}\n" if alone else f"{first}{second}\n"
