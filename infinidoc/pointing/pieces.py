"""Question and passages as the encoder reads them: word pieces that know where they stand.

WordPiece (arXiv 1609.08144) over letters without case and accents. A passage longer than
the encoder takes is read in windows that overlap. Knows strings and token ids.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import torch
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers
from torch import Tensor

LONGEST = 384  # pieces of a row
QUESTION = 96  # pieces of a question that are read
OVERLAP = 96  # pieces that two windows of one passage share
BERT_MARKS, MPNET_MARKS = ("[CLS]", "[SEP]"), ("<s>", "</s>")  # before a row, after a part


@dataclass(frozen=True)
class Row:
    """A question with a passage or a window of it: [CLS] question [SEP] passage [SEP]."""

    passage: int
    ids: tuple[int, ...]
    first: int  # where the passage's pieces begin
    places: tuple[tuple[int, int], ...]  # each piece's first and last character, in the passage

    @property
    def last(self) -> int:
        return self.first + len(self.places)


@dataclass(frozen=True)
class Rows:
    """Rows side by side, padded: R rows, N pieces of the longest."""

    ids: Tensor
    kinds: Tensor
    lengths: Tensor
    inside: Tensor  # [R, N]: whether a piece is the passage's


class Pieces:
    """Cuts text into the pieces of one vocabulary."""

    def __init__(self, vocabulary: Sequence[str]) -> None:
        self.vocabulary = vocabulary
        ids = {piece: index for index, piece in enumerate(vocabulary)}
        begin, separator = MPNET_MARKS if MPNET_MARKS[0] in ids else BERT_MARKS
        self.begin, self.separator = ids[begin], ids[separator]

    @cached_property
    def _tokenizer(self) -> Tokenizer:
        ids = {piece: index for index, piece in enumerate(self.vocabulary)}
        made = Tokenizer(models.WordPiece(ids, unk_token="[UNK]", max_input_chars_per_word=100))
        made.normalizer = normalizers.BertNormalizer(lowercase=True)
        made.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
        return made

    def rows(self, question: str, passages: Sequence[str], longest: int = LONGEST) -> list[Row]:
        """One row for each passage, or several that overlap; none for an empty passage."""
        asked, *read = self._tokenizer.encode_batch([question, *passages], add_special_tokens=False)
        before = (self.begin, *asked.ids[:QUESTION], self.separator)
        room = longest - len(before) - 1
        shared = min(OVERLAP, room // 2)
        made = []
        for index, text in enumerate(read):
            for low in range(0, max(len(text.ids) - shared, 1), room - shared):
                ids, places = text.ids[low : low + room], text.offsets[low : low + room]
                if ids:
                    whole = (*before, *ids, self.separator)
                    made.append(Row(index, whole, len(before), tuple(places)))
        return made


def side_by_side(rows: Sequence[Row], multiple: int = 1) -> Rows:
    """The rows as tensors, whose length is such a multiple."""
    lengths = torch.tensor([len(row.ids) for row in rows])
    longest = -(-int(lengths.max()) // multiple) * multiple
    ids = torch.zeros(len(rows), longest, dtype=torch.long)
    inside = torch.zeros(len(rows), longest, dtype=torch.bool)
    for index, row in enumerate(rows):
        ids[index, : len(row.ids)] = torch.tensor(row.ids)
        inside[index, row.first : row.last] = True
    kinds = (torch.arange(longest) >= torch.tensor([row.first for row in rows])[:, None]).long()
    return Rows(ids, kinds, lengths, inside)
