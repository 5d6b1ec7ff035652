"""The language model as one thing: its tokenizer, its decoder, and the identity of both.

The identity names everything that changes what a memory means. Memories made under
another identity are refused, never reinterpreted.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from infinidoc import home
from infinidoc.adapter import Adapter
from infinidoc.digests import seal
from infinidoc.errors import ModelError
from infinidoc.identity import INDEXED
from infinidoc.profile import NOTHING, Profile
from infinidoc.tokens import Tokenizer
from infinidoc.weights import ModelFolder, derived, resolve

if TYPE_CHECKING:
    from infinidoc.embedder import Embedder
    from infinidoc.memory import Memory, MemoryConfig
    from infinidoc.model.decoder import Decoder
    from infinidoc.pointing.pointer import Pointer
    from infinidoc.segments import Block

SEGMENTS_ON_GPU = 32
SEGMENTS_PER_BLOCK = 4  # large enough for full-size matrix products, small enough to commit often


class LanguageModel:
    """A base model with its memory. Nothing heavy is loaded until it is asked for."""

    kept: ClassVar[LanguageModel | None] = None  # a server's, to be found again, not loaded again

    def __init__(
        self, folder: ModelFolder, device: str = "auto", adapter: str | None = None
    ) -> None:
        self.folder, self.wanted_device = folder, device
        self.adapter = Adapter.find(folder.sha256, adapter)
        self.profile: Profile = NOTHING  # goes where the model goes, and is told what it does

    @classmethod
    def find(
        cls,
        model: str | None = None,
        *,
        device: str = "auto",
        offline: bool = False,
        quiet: bool = False,
    ) -> LanguageModel:
        """The default model, a local folder or a hub id; fetched if it is not here yet."""
        folder = resolve(model, offline=offline, quiet=quiet)
        device = (home.setting("device") or device) if device == "auto" else device
        found = cls(folder, device, home.setting("adapter"))
        return cls.kept if cls.kept and cls.kept.same_as(found) else found

    def same_as(self, other: LanguageModel) -> bool:
        """Whether both are the same files on the same device."""
        return (self.folder, self.wanted_device, self.adapter) == (
            other.folder,
            other.wanted_device,
            other.adapter,
        )

    @property
    def name(self) -> str:
        return self.folder.name

    @cached_property
    def tokenizer(self) -> Tokenizer:
        with self.profile.part("tokenizer"):
            return Tokenizer.from_folder(self.folder.path)

    @cached_property
    def config(self) -> MemoryConfig:
        from infinidoc.memory import MemoryConfig

        if self.adapter:
            return self.adapter.config
        return MemoryConfig(layers=())  # untaught matrices are never read: none are kept

    @cached_property
    def decoder(self) -> Decoder:
        """The base model with its memory: what reads documents."""
        with self.profile.part("weights"):
            decoder = self.load(self.config)
        if decoder.shape.vocabulary < self.tokenizer.vocabulary_size:
            raise ModelError("the tokenizer has more tokens than the model", where=self.name)
        if self.adapter:
            self.adapter.teach_memory(decoder)
        return decoder

    def load(self, config: MemoryConfig) -> Decoder:
        """The base model alone, with an empty memory built after `config`."""
        from infinidoc.model.load import load_decoder, pick_device
        from infinidoc.model.precision import matrix_type

        device = pick_device(self.wanted_device)
        return load_decoder(self.folder.path, config, device, matrix_type(device))

    @cached_property
    def reader(self) -> Decoder:
        """The model as it was taught to answer; the base itself if it was not."""
        from infinidoc.model.packing import file_name, speed_up

        with self.profile.part("weights"):
            reader = self.adapter.reader(self.decoder) if self.adapter else self.decoder
            made = derived(self.folder, file_name())
            known = made.exists()
            speed_up(reader, self.folder.path, made)
            if made.exists() and not known:
                seal(made)
            return reader

    @cached_property
    def pointer(self) -> Pointer | None:
        """What points at answers in passages; None for a model that has none beside it."""
        from infinidoc.model.precision import matrix_type

        with self.profile.part("weights"):
            return self.adapter.pointer(matrix_type("cpu")) if self.adapter else None

    @cached_property
    def reader_digest(self) -> str:
        """SHA-256 of what answers with the passages in front of it; "base": nothing taught."""
        if self.adapter is None:
            return "base"
        if self.pointer is None:
            return self.adapter.digest
        return sha256(f"{self.pointer.digest} {self.adapter.digest}".encode()).hexdigest()

    @property
    def embedder(self) -> Embedder | None:
        """What finds passages that say it in other words; None for a model not taught to."""
        return self.adapter.embedder if self.adapter else None

    @cached_property
    def identity(self) -> dict[str, Any]:
        """What a memory depends on. `weights` and `tokenizer` are SHA-256 digests."""
        return {
            "model": self.name,
            "weights": self.folder.sha256,
            "tokenizer": self.tokenizer.identity,
            "adapter": self.adapter_name,
            "block": SEGMENTS_PER_BLOCK,
            **self.config.identity,
        }

    @property
    def ends(self) -> frozenset[int]:
        """Tokens that end an answer. A model not taught to read writes control tokens of every
        kind, and none of them is an answer."""
        return self.tokenizer.eos_ids if self.adapter else self.tokenizer.control_ids

    @cached_property
    def frame(self) -> tuple[list[int], list[int]]:
        """The tokens around a user's words: as it was taught, or as its own template has it."""
        if self.adapter or not self.tokenizer.template.exists:
            return self.tokenizer.frame()
        return self.tokenizer.template_frame()

    @property
    def adapter_name(self) -> str:
        """The adapter's part in making memories; "none": the base model, nothing kept."""
        return self.adapter.memory_identity if self.adapter else "none"

    @property
    def segments_per_block(self) -> int:
        """Segments that go through the model at once: a GPU wants many more."""
        return SEGMENTS_PER_BLOCK if self.decoder.device.type == "cpu" else SEGMENTS_ON_GPU

    @property
    def path(self) -> Path:
        return self.folder.path

    def go_on_cpu(self) -> None:
        """Load everything anew on the CPU when it is next needed: the device was lost."""
        self.wanted_device = "cpu"
        for loaded in ("decoder", "reader"):
            self.__dict__.pop(loaded, None)

    def empty_memory(self) -> Memory:
        return self.decoder.empty_memory()

    def read(self, memory: Memory, block: Block) -> tuple[Memory, str | None]:
        """The memory after `block`, and a note if it had to be read on another device."""
        from infinidoc.stream import read_block

        return read_block(self.decoder, memory, block, self.profile)

    def settled(self, memory: Memory) -> Memory:
        """`memory` with all that was read written into its matrices."""
        return self.decoder.settled(memory)

    def without_sums_of_kept(self, memory: Memory) -> Memory:
        """A settled memory as it is saved: without sums that what it keeps gives back."""
        return self.decoder.without_sums_of_kept(memory)

    # -- documents without a memory --------------------------------------------------------

    def for_new(self, index_only: bool | None) -> LanguageModel:
        """What reads a new document: the model, or its tokenizer alone if `index_only`.

        None: as it is set, else the tokenizer alone if the model was not taught to remember.
        """
        if index_only is None:
            wanted = home.setting("index_only")
            index_only = self.adapter is None if wanted is None else home.is_on(wanted)
        return self.text_only if index_only else self

    def for_document(self, row: dict[str, Any]) -> LanguageModel:
        """What goes on reading a document: the same that began it."""
        return self.text_only if row["identity"] == INDEXED else self

    @cached_property
    def text_only(self) -> TextOnly:
        return TextOnly(self)


class TextOnly(LanguageModel):
    """A model's tokenizer and embedder without its decoder: text is kept, and no memory made."""

    identity: ClassVar[dict[str, Any]] = INDEXED
    segments_per_block: ClassVar[int] = SEGMENTS_PER_BLOCK

    def __init__(self, model: LanguageModel) -> None:
        self.folder, self.wanted_device, self.adapter = (
            model.folder,
            model.wanted_device,
            model.adapter,
        )
        self.profile, self.tokenizer = model.profile, model.tokenizer

    def empty_memory(self) -> Memory:
        from infinidoc.memory import Kept, Memory

        return Memory((), Kept.none())

    def read(self, memory: Memory, block: Block) -> tuple[Memory, str | None]:
        """What has passed is counted."""
        tokens = memory.tokens_seen + len(block.ids)
        segments = memory.segments_seen + len(block.segments)
        return replace(memory, tokens_seen=tokens, segments_seen=segments), None

    def settled(self, memory: Memory) -> Memory:
        return memory

    def without_sums_of_kept(self, memory: Memory) -> Memory:
        return memory
