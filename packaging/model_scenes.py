"""The scenes of models, of what they see, and of pictures of more than 8 bits."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import tifffile
from scene_list import scene
from studio import Studio

from fragscope_explainers.counts import Window
from fragscope_explainers.images import read_image
from fragscope_resources.samples import sample

_HIGHEST = (60, 600, 60)
"""Heights of the parts of the side bar where the tab in the middle shows all."""
_PRUNED = """
import torch
from torch.nn import Conv2d

from fragscope_explainers.classifiers.catalog import load_classifier


def pruned():
    model = load_classifier()
    with torch.no_grad():
        for part in model.module.modules():
            if isinstance(part, Conv2d):
                strength = part.weight.abs()
                part.weight[strength < strength.quantile(0.4)] = 0
    model.name = "pruned"
    return model
"""
"""A program that makes a second model: the bundled one without its smallest weights."""


@scene("model", "A model's file is typed, and the window says how it is understood")
def model(studio: Studio) -> None:
    window = studio.explained()
    window.models.ask("~/models/birds.onnx")
    window.models.chooser.labels.setText("~/models/birds.txt")
    studio.grab("model", above=[window.models.chooser])


@scene("input", "What the model sees, with an edit that is not used yet")
def what_it_sees(studio: Studio) -> None:
    window = studio.explained()
    classifier, control = window.session.classifier, window.side.input
    studio.wait(lambda: classifier.findings is not None)
    window.side.setSizes(list(_HIGHEST))
    window.side.show_input()
    control.editors["resize"].setCurrentText("squash")
    studio.wait(lambda: "Not used yet" in control.message.text())
    studio.grab("input", around=[window.grid.panels[1], window.side.tabs])


@scene("window", "A picture of 12 bits through a window that is set in it")
def window_of_counts(studio: Studio) -> None:
    window = studio.explained()
    session, control = window.session, window.side.window_control
    with TemporaryDirectory() as folder:
        path = Path(folder) / "coffee-12-bit.tif"
        pixels = read_image(sample("coffee").path).pixels
        tifffile.imwrite(path, pixels.astype(np.uint16) << 4, photometric="rgb")
        window.open_file(path)
        studio.wait(lambda: session.image is not None and session.image.name == path.stem)
        studio.wait(lambda: session.prediction is not None)
        studio.wait_done(window)
        window.side.setSizes(list(_HIGHEST))
        window.side.show_input()
        studio.wait(lambda: control.presets.count() > 1)
        control.windowing.use(Window(1800, 3600))
        studio.wait(lambda: session.picture.job is None and session.pyramid is not None)
        session.run(session.panels[0])
        studio.wait_done(window)
        studio.grab("window", around=[window.grid.panels[1], window.side.tabs])
        session.album.remove_picture(session.picture.number)


@scene("two-models", "Two methods, each asked of the window's model and of a pruned one")
def two_models(studio: Studio) -> None:
    window = studio.explained()
    with TemporaryDirectory() as folder:
        program = Path(folder) / "pruned.py"
        program.write_text(_PRUNED)
        chooser = window.panel_models
        chooser.choose_second()
        chooser.spec.setEditText(f"{program}:pruned")
        chooser.trust.setChecked(True)
        chooser.load_button.click()
        studio.wait(lambda: any(panel.model is not None for panel in window.session.panels))
        for panel in window.session.panels:
            settings = studio.parameters.get(panel.method.name, {})
            window.session.configure(panel.number, panel.method.name, dict(settings))
        studio.wait_done(window)
    window.notice.hide()
    studio.grab("two-models", around=[window.grid])
