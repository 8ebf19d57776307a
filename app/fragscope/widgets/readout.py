"""What lies under the pointer: the pixel, its places, every map's value, fragment effects."""

from __future__ import annotations

import math
from html import escape
from textwrap import shorten
from typing import TYPE_CHECKING, cast

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QTextDocumentFragment
from PySide6.QtWidgets import QLabel, QWidget

from fragscope_explainers.translation import tr, trn

from ..aspects import Aspect
from ..colours import SHAPE_LETTERS, method_colour, method_shape
from ..panels import Panel
from ..session import Session
from . import theme

if TYPE_CHECKING:
    from fragscope_explainers.images import Image
    from fragscope_explainers.perturbation.pyramid_snapshot import PyramidSnapshot

_LONGEST_NAME = 22
"""Characters of a class's name that fit into a row."""
_IN_USE = tr("<i>fragments in use, not the preview:</i>")
_HINT = tr("Move the pointer over a picture.")


class Readout(QLabel):
    """A small table, empty while the pointer is elsewhere."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(_HINT, parent)
        self._session = session
        self._level, self._previews = 0, False
        self._point: tuple[float, float] | None = None
        self._panel: Panel | None = None
        self.setTextFormat(Qt.TextFormat.RichText)
        self.setFont(theme.tabular(self.font()))
        self.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        self.setWordWrap(True)
        self.setContentsMargins(8, 0, 8, theme.SPACE)
        session.panel_changed.connect(lambda _: self._update())
        session.target_changed.connect(self._update)
        session.painting_changed.connect(self._update)
        session.image_changed.connect(self.clear_point)

    def set_level(self, level: int) -> None:
        """Name the fragment of this level."""
        self._level = level
        self._update()

    def set_preview(self, previews: bool) -> None:
        """Say that effects are of other fragments than those that are outlined, or not."""
        self._previews = previews
        self._update()

    def show_point(self, x: float, y: float, panel: Panel | None = None) -> None:
        """Read everything out at a point of the picture.

        Parameters
        ----------
        panel : the one that the pointer is over; where it has a model of its own, input pixel and
            fragments are those of that model.
        """
        self._point, self._panel = (x, y), panel
        self._update()

    def clear_point(self) -> None:
        """Read nothing out."""
        self._point = None
        self.setText(_HINT)

    def plain_text(self, x: float, y: float) -> str:
        """What would be read out at a point of the picture: a line each, name and value by a tab.

        The signs of panels' colours are left out.
        """
        rows = (
            (_plain(name).removeprefix("■ "), _plain(value)) for name, value in self._rows(x, y)
        )
        return "\n".join(f"{name}\t{value}" for name, value in rows)

    def _update(self) -> None:
        if self._point is not None and self._session.prediction is not None:
            self.setText(_table(self._rows(*self._point)))

    def _rows(self, x: float, y: float) -> list[tuple[str, str]]:
        """Name and value of every line, in rich text."""
        prediction = self._session.prediction
        if self._panel is not None:
            prediction = self._session.prediction_of(self._panel) or prediction
        if prediction is None:
            return []
        pixel = prediction.model_input.geometry.input_pixel(x, y)
        rows = [(tr("picture"), f"{int(x)}, {int(y)}")]
        rows.extend(_pixel_rows(prediction.model_input.image, x, y))
        places = len(rows) + 1
        if pixel is None:
            rows.append((tr("model"), tr("outside its view")))
        else:
            rows.append((tr("model"), f"{pixel[0]}, {pixel[1]}"))
            rows.extend(self._fragment_rows(*pixel))
            rows.extend(self._contrast_rows())
        rows[places:places] = self._value_rows(x, y)
        return rows

    def _contrast_rows(self) -> list[tuple[str, str]]:
        """Which class a sign speaks for, while one is subtracted from the other."""
        session = self._session
        if session.target is None or session.against is None:
            return []
        names = (session.label(index) for index in (session.target, session.against))
        first, second = (escape(shorten(name, _LONGEST_NAME, placeholder=" ...")) for name in names)
        return [(tr("+ speaks for"), first), (tr("\u2212 speaks for"), second)]

    def _value_rows(self, x: float, y: float) -> list[tuple[str, str]]:
        """What each panel's map says there; its model may see another part of the picture."""
        names = self._session.names()
        found: list[tuple[str, str]] = []
        for panel in self._session.panels:
            aspect, prediction = self._session.aspect_of(panel), self._session.prediction_of(panel)
            values = panel.saliency(aspect) if aspect is not None else None
            if aspect is None or values is None or prediction is None:
                continue
            pixel = prediction.model_input.geometry.input_pixel(x, y)
            if pixel is None:
                continue
            column, row = pixel
            shape = SHAPE_LETTERS[method_shape(panel.number)]
            dot = f"<span style='color:{method_colour(panel.number)}'>{shape}</span> "
            label = dot + escape(names[panel.number])
            alone = aspect.against is not None and panel.subtracted(aspect) is None
            label += " *" if alone else ""
            text = f"{values[row, column]:+.3f}" + _error(panel, aspect, row, column)
            found.append((label, text))
        some_alone = any(label.endswith("*") for label, _ in found)
        return [*found, (tr("* one class alone"), "")] if some_alone else found

    def _fragment_rows(self, column: int, row: int) -> list[tuple[str, str]]:
        """The fragment of every level with its effect; the level looked at in bold."""
        model = None if self._panel is None else self._panel.model
        for panel in self._session.panels:
            if panel.model != model:  # of other fragments
                continue
            aspect = self._session.aspect_of(panel)
            snapshot = panel.state.snapshot if panel.state is not None else None
            if hasattr(snapshot, "pyramid") and aspect is not None:
                found = cast("PyramidSnapshot", snapshot)  # importing it here would import torch
                classes = (aspect.target, aspect.against)
                rows = _effect_rows(found, *classes, self._level, column, row)
                return [(_IN_USE, ""), *rows] if self._previews and model is None else rows
        return []


def _pixel_rows(image: Image, x: float, y: float) -> list[tuple[str, str]]:
    """The picture's own numbers there, as in its file; none outside of it."""
    column, row = math.floor(x), math.floor(y)
    if not (0 <= column < image.width and 0 <= row < image.height):
        return []
    values = (image.pixels if image.counts is None else image.counts.values)[row, column]
    numbers = [_number(value) for value in np.atleast_1d(values)]
    if image.counts is None and len(set(numbers)) == 1:
        return [(tr("pixel"), tr("grey {grey}", grey=numbers[0]))]
    text = numbers[0]
    if len(numbers) > 1:
        text = tr("R {red}, G {green}, B {blue}", red=numbers[0], green=numbers[1], blue=numbers[2])
    if image.counts is None:
        return [(tr("pixel"), text)]
    return [(tr("pixel"), f"{text} {image.counts.unit or tr('counts')}")]


def _number(value: np.generic) -> str:
    """A whole number in full, another to 6 digits."""
    return f"{value.item():,}" if value.dtype.kind in "ui" else f"{value.item():,.6g}"


def _effect_rows(
    snapshot: PyramidSnapshot,
    target: int,
    against: int | None,
    looked_at: int,
    column: int,
    row: int,
) -> list[tuple[str, str]]:
    effects, errors = snapshot.effects(target), snapshot.effect_errors(target)
    if against is not None:
        effects = effects - snapshot.effects(against)
    found = []
    for level, count in enumerate(snapshot.pyramid.counts):
        label = int(snapshot.pyramid.labels[level, row, column])
        place = snapshot.pyramid.offsets[level] + label
        text = f"{effects[place]:+.3f}"
        text += f" ± {errors[place]:.3f}" if against is None else ""
        name = trn(
            "{count:,} fragment: #{label}", "{count:,} fragments: #{label}", count, label=label
        )
        if level == looked_at:
            name, text = f"<b>{name}</b>", f"<b>{text}</b>"
        found.append((name, text if np.isfinite(errors[place]) else "-"))
    return found


def _error(panel: Panel, aspect: Aspect, row: int, column: int) -> str:
    """The standard error, which is known of plain maps only."""
    error = panel.standard_error(aspect)
    known = error is not None and np.isfinite(error[row, column])
    return f" ± {error[row, column]:.3f}" if error is not None and known else ""


def _plain(rich: str) -> str:
    return QTextDocumentFragment.fromHtml(rich).toPlainText()


def _table(rows: list[tuple[str, str]]) -> str:
    cells = "".join(
        f"<tr><td>{name}</td><td align='right'>{value}</td></tr>" for name, value in rows
    )
    return f"<table width='100%' cellspacing='0' style='white-space:nowrap'>{cells}</table>"
