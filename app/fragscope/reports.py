"""Reports: PNG, CSV, NPY and JSON of one explained picture, written whole or not at all. No Qt.

See `write_report` for the files. Numbers in the CSV files are what the window shows.
"""

from __future__ import annotations

import csv
import errno
import itertools
import json
import os
import shutil
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image as PillowImage

from fragscope_explainers import parameters
from fragscope_explainers.errors import ReportError
from fragscope_explainers.translation import tr

from .environment import machine, package_versions
from .report_maps import overlay_pixels
from .results import MethodResult, Report

CURVE_COLUMNS = ("method", "curve", "fraction", "score", "scores_of")
SUMMARY_COLUMNS = (
    "method",
    "target_index",
    "target_name",
    "probability",
    "deletion_auc",
    "insertion_auc",
    "stability",
    "masks",
    "forwards",
    "backwards",
    "seconds",
    "seed",
    "model",
    "scores_of",
)
_TABLES = ("report.png", "curves.csv", "summary.csv")
_MAPS = ("overlay.png", "map.npy", "input.npy")


def write_report(report: Report, folder: Path) -> Path:
    """Write a report folder: all of it, or nothing.

    Everything is written into a new folder beside it, which then takes its place. Files in an
    earlier folder that are not a report's own are kept.

    Files: `report.png`; for each method `NAME.overlay.png`, `NAME.map.npy` (float32 [H, W] of the
    picture, NaN outside what the model sees) and `NAME.input.npy` (float32 [h, w], the model's
    input); `curves.csv`, `summary.csv` and `run.json`.

    Returns
    -------
    The folder.

    Raises
    ------
    ReportError
        The folder cannot be written.
    """
    try:
        folder = folder.resolve()
        if folder.exists() and not folder.is_dir():
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR))
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".fragscope-") as scratch:
            fresh = Path(scratch) / "report"
            fresh.mkdir()
            _write_files(report, fresh)
            _keep_foreign_files(folder, fresh)
            _swap(fresh, folder, Path(scratch) / "earlier")
    except OSError as error:
        raise ReportError(
            tr(
                "the report cannot be written to {folder}: {reason}; choose another folder",
                folder=folder,
                reason=error.strerror or error,
            )
        ) from error
    return folder


def free_folder(out: Path, name: str, sha256: str) -> Path:
    """A folder for a picture's report that holds no report of another picture."""
    stem = name.strip(". ") or "picture"
    for number in itertools.count(1):
        folder = out / (stem if number == 1 else f"{stem}-{number}")
        try:
            facts = json.loads((folder / "run.json").read_text(encoding="utf-8"))
            known = facts["image"]["sha256"]
        except (OSError, ValueError, KeyError, TypeError):
            return folder
        if known == sha256:
            return folder
    raise ReportError(
        tr("{out}: no name is left for {name}", out=out, name=name)
    )  # pragma: no cover


def curve_rows(results: Iterable[MethodResult]) -> list[tuple[Any, ...]]:
    """Rows of `curves.csv`."""
    return [
        (result.name, kind, f"{fraction:.6f}", f"{score:.6f}", _scores_of(result))
        for result in results
        for kind, curve in result.state.scored_curves.items()
        for fraction, score in zip(curve.fractions, curve.scores, strict=False)
    ]


def summary_rows(report: Report) -> list[tuple[Any, ...]]:
    """Rows of `summary.csv`."""
    return [
        (
            result.name,
            result.state.target,
            report.class_name(result, result.state.target),
            f"{result.probability:.6f}",
            _number(result.auc("deletion")),
            _number(result.auc("insertion")),
            _number(result.state.stability),
            result.masks,
            result.state.snapshot.forwards,
            result.state.snapshot.backwards,
            f"{result.state.seconds:.3f}",
            report.seed,
            report.asked(result).model.name,
            _scores_of(result),
        )
        for result in report.results
    ]


def write_csv(path: Path, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Write a comma-separated table with a heading, in UTF-8."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        writer.writerows(rows)


def run_facts(report: Report) -> dict[str, Any]:
    """Content of `run.json`: everything needed to repeat the run."""
    image, geometry = report.model_input.image, report.model_input.geometry
    model = asdict(report.model)
    del model["labels"]
    return {
        "format": 1,
        "written": datetime.now(UTC).isoformat(timespec="seconds"),
        "command": report.command,
        "files": [*_TABLES, *(f"{r.name}.{kind}" for r in report.results for kind in _MAPS)],
        "packages": package_versions(),
        "machine": machine(),
        "image": {
            "path": str(image.path.absolute()) if image.path else None,
            "name": image.name,
            "sha256": image.sha256,
            "height": image.height,
            "width": image.width,
            "notes": list(image.notes),
            "counts": image.counts.describe() if image.counts is not None else None,
        },
        "model": model | {"classes": len(report.model.labels)},
        "geometry": asdict(geometry),
        "predictions": [
            {"index": index, "name": report.label(index), "probability": probability}
            for index, probability in report.top
        ],
        "seed": report.seed,
        "fill": report.fill,
        "display": asdict(report.display),
        "methods": [_method_facts(report, result) for result in report.results],
    }


def _method_facts(report: Report, result: MethodResult) -> dict[str, Any]:
    state, minus = result.state, result.subtracted
    label, asked = partial(report.class_name, result), report.asked(result)
    return {
        "name": result.name,
        "method": result.explainer.name,
        "reference": result.explainer.reference,
        "parameters": parameters.values(result.explainer),
        "target": {"index": state.target, "name": label(state.target)},
        "minus": None if minus is None else {"index": minus, "name": label(minus)},
        "model": {
            "spec": asked.model.spec,
            "name": asked.model.name,
            "weights_sha256": asked.model.weights_sha256,
            "preprocessing": asked.model.preprocessing,
        },
        "geometry": asdict(asked.model_input.geometry),
        "note": result.note,
        "scores_of": _scores_of(result),
        "probability": result.probability,
        "complete": result.is_complete,
        "steps_done": state.snapshot.done,
        "steps_planned": state.snapshot.total,
        "forwards": state.snapshot.forwards,
        "backwards": state.snapshot.backwards,
        "seconds": round(state.seconds, 4),
        "engine": asdict(state.engine),
        "stability": state.stability,
        "signed": result.is_signed,
        "painting": asdict(result.painting) if result.is_repainted else None,
        "curves": {
            kind: {
                "auc": curve.auc,
                "fill": curve.fill,
                "points": len(curve.fractions),
                "tied_fraction": curve.tied_fraction,
            }
            for kind, curve in state.scored_curves.items()
        },
    }


def _write_files(report: Report, folder: Path) -> None:
    from .figure import write_figure

    for result in report.results:
        _write_maps(report, result, folder)
    write_csv(folder / "curves.csv", CURVE_COLUMNS, curve_rows(report.results))
    write_csv(folder / "summary.csv", SUMMARY_COLUMNS, summary_rows(report))
    text = json.dumps(run_facts(report), indent=2, ensure_ascii=False)
    # A file name need not be text; JSON writes its odd bytes as Python's backslashes do.
    (folder / "run.json").write_text(text + "\n", encoding="utf-8", errors="backslashreplace")
    write_figure(report, folder / "report.png")


def _write_maps(report: Report, result: MethodResult, folder: Path) -> None:
    saliency = result.saliency
    np.save(folder / f"{result.name}.input.npy", saliency)
    on_image = report.asked(result).model_input.geometry.map_to_image(saliency)
    np.save(folder / f"{result.name}.map.npy", on_image)
    PillowImage.fromarray(overlay_pixels(report, result)).save(
        folder / f"{result.name}.overlay.png"
    )


def report_files(folder: Path) -> set[str]:
    """Names of the files in a folder that an earlier report wrote, as its `run.json` lists them."""
    try:
        facts = json.loads((folder / "run.json").read_text(encoding="utf-8"))
        return {"run.json", *map(str, facts["files"])}
    except (OSError, ValueError, KeyError, TypeError):
        return set()


def _keep_foreign_files(earlier: Path, fresh: Path) -> None:
    """Carry over what an earlier report did not write; refuse to replace any of it."""
    if not earlier.is_dir():
        return
    own = report_files(earlier)
    for entry in earlier.iterdir():
        if entry.name in own and not entry.is_dir():
            continue
        if (fresh / entry.name).exists():
            raise ReportError(
                tr(
                    "{entry} is not part of an earlier report and would be replaced; "
                    "move it away or choose another folder",
                    entry=entry,
                )
            )
        if entry.is_dir() and not entry.is_symlink():
            shutil.copytree(entry, fresh / entry.name, symlinks=True)
        else:
            shutil.copy2(entry, fresh / entry.name, follow_symlinks=False)


def _swap(fresh: Path, folder: Path, aside: Path) -> None:
    """Put `fresh` in the place of `folder`; where that fails, the earlier one comes back."""
    if not folder.exists():
        fresh.rename(folder)
        return
    try:
        folder.rename(aside)
        fresh.rename(folder)
    except BaseException:  # an interrupt, too
        if aside.exists() and not folder.exists():
            aside.rename(folder)
        raise


def _scores_of(result: MethodResult) -> str:
    """Which map curves, areas and stability are of, where a contrast or a painting is shown."""
    if result.subtracted is not None:
        return "map of the target alone"
    return "plain map" if result.is_repainted else "map"


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.6f}"
