"""PowerPoint files (.pptx) through python-pptx, slide by slide, with the speaker's notes.

Pictures and diagrams are counted, not read; slides that are hidden are read, and named.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from infinidoc.errors import SourceError
from infinidoc.reading.file import File
from infinidoc.reading.office.package import damaged, refuse_bomb
from infinidoc.reading.parts import Part, PartsSource

_WHAT = "a PowerPoint file"


class SlidesSource(PartsSource):
    """A presentation; cited by slide."""

    kind = "slides"

    def __init__(self, file: File) -> None:
        super().__init__(file)
        refuse_bomb(self.path, _WHAT)
        try:
            import pptx  # noqa: F401
        except ImportError as error:
            hint = "pip install 'infinidoc[office]', or save it as a PDF and ingest that"
            raise SourceError(
                f"{_WHAT}, which needs python-pptx", where=self.path, hint=hint
            ) from error

    def parts(self) -> Iterator[Part]:
        unread: list[str] = []
        hidden: list[int] = []
        for number, slide in enumerate(self._slides(), 1):
            label = f"slide {number}"
            try:
                if slide.element.get("show") in ("0", "false"):
                    hidden.append(number)
                text, title = _told(slide, unread)
            except Exception:  # python-pptx looks up what a damaged slide does not have
                yield Part("", label, problem="damaged, could not be read")
            else:
                yield Part(text, label, title)
        if unread:
            self.warnings.append(f"{len(unread)} pictures and diagrams are not read")
        if hidden:
            self.warnings.append(f"hidden slides were read, too: {', '.join(map(str, hidden))}")

    def _slides(self) -> Iterable[Any]:
        import pptx

        try:
            return list(pptx.Presentation(str(self.path)).slides)
        except Exception as error:  # a damaged package fails in many ways
            raise damaged(self.path, _WHAT) from error


def _told(slide: Any, unread: list[str]) -> tuple[str, str | None]:
    """The text of a slide, and its title."""
    title = slide.shapes.title
    texts = [*_texts(slide.shapes, unread), *_notes(slide)]
    named = " ".join(title.text_frame.text.split()) if title is not None else ""
    return "\n\n".join(texts), named or None


def _texts(shapes: Iterable[Any], unread: list[str]) -> Iterator[str]:
    """The texts of shapes as they lie on a slide, the lowest layer first."""
    for shape in shapes:
        if hasattr(shape, "shapes"):  # a group
            yield from _texts(shape.shapes, unread)
        elif shape.has_text_frame:
            text = shape.text_frame.text.replace("\v", "\n")
            yield from [text] if text.strip() else []
        elif getattr(shape, "has_table", False):
            rows = ([cell.text for cell in row.cells] for row in shape.table.rows)
            yield "\n".join("\t".join(" ".join(text.split()) for text in row) for row in rows)
        elif getattr(shape, "has_chart", False):
            yield from _charted(shape.chart)
        elif shape.shape_type is None or shape.element.tag.endswith(("}pic", "}graphicFrame")):
            unread.append(shape.name)


def _charted(chart: Any) -> Iterator[str]:
    """The title and the numbers of a chart."""
    if chart.has_title and chart.chart_title.has_text_frame:
        yield chart.chart_title.text_frame.text
    for plot in chart.plots:
        names = [str(name) for name in plot.categories]
        for series in plot.series:
            pairs = zip(names, series.values, strict=False)
            told = "; ".join(f"{name} {value}" for name, value in pairs if value is not None)
            yield f"{series.name}: {told}"


def _notes(slide: Any) -> Iterator[str]:
    if not slide.has_notes_slide:
        return
    frame = slide.notes_slide.notes_text_frame
    if frame is not None and frame.text.strip():
        yield f"Notes: {frame.text.strip()}"
