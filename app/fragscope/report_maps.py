"""The maps of a report over its picture. No Qt."""

from __future__ import annotations

from typing import Any

import numpy as np

from fragscope_explainers.preprocessing import Geometry
from fragscope_explainers.types import FloatArray

from .colours import Layer, Span, contours, draw_lines, layer, overlay
from .ranges import Ranges
from .results import MethodResult, Report


def shown_layer(report: Report, result: MethodResult) -> Layer:
    """A result's map on the input grid [h, w] as the report's display wants it."""
    errors = result.standard_error if report.display.fade else None
    return layer(result.saliency, report.display, signed=result.is_signed, errors=errors)


def overlay_pixels(report: Report, result: MethodResult) -> np.ndarray[Any, Any]:
    """The picture with one method's map laid over it, uint8 [H, W, 3]."""
    on_grid, geometry = shown_layer(report, result), report.asked(result).model_input.geometry
    span = report_spans(report)[result.name]
    pixels = overlay(
        report.model_input.image.pixels, on_grid.on_image(geometry), report.display, span
    )
    if report.display.contours:
        pixels = draw_lines(pixels, [_to_image(line, geometry) for line in contours(on_grid)])
    return pixels


def report_spans(report: Report) -> dict[str, Span]:
    """Colour range of every result's map, by the result's name."""
    layers = {r.name: (r.unit, shown_layer(report, r)) for r in report.results}
    found = Ranges[str]().of(layers, report.display)
    return found | {r.name: r.span for r in report.results if r.span is not None}


def _to_image(line: FloatArray, geometry: Geometry) -> FloatArray:
    x, y = geometry.to_image(line[:, 0], line[:, 1])  # type: ignore[arg-type]  # arrays alike
    return np.stack([x, y], axis=1)
