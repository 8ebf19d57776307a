"""The options that several commands share, with what their help says. No Qt."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from fragscope_explainers.fills import FILLS
from fragscope_explainers.translation import tr

ModelOption = Annotated[
    str,
    typer.Option(
        "--model",
        help=tr(
            "Model: a name such as torchvision:resnet50, a file, file.py:function or a server's "
            "URL; see 'fragscope models'."
        ),
    ),
]
TrustOption = Annotated[
    bool,
    typer.Option(
        "--trust",
        help=tr("I trust this model: loading it may run the program inside its file."),
    ),
]
DeviceOption = Annotated[str, typer.Option("--device", help=tr("auto, cpu, cuda, cuda:1 or mps."))]
MasksOption = Annotated[
    str | None,
    typer.Option(
        help=tr(
            "Masks for every method that uses them: a number, or auto to stop once the map is "
            "stable, at the latest at the method's budget. Without it: each method's default."
        ),
    ),
]
PrecisionOption = Annotated[
    str,
    typer.Option(help=tr("f32; bf16 or fp16 are faster where the processor has them, and differ.")),
]
WindowOption = Annotated[
    str | None,
    typer.Option(
        "--window",
        metavar="CENTRE,WIDTH",
        help=tr(
            "Which counts of a picture of more than 8 bits become black and white, such as "
            "40,400. Without it: what the file says, else all that the bits of its counts hold."
        ),
    ),
]
MethodOption = Annotated[
    list[str] | None,
    typer.Option(
        "--method",
        help=tr(
            "Method to run; repeat for more. See 'fragscope methods'. "
            "Without it: mfpp, rise and grad-cam."
        ),
    ),
]
TargetOption = Annotated[str, typer.Option(help=tr("Class: top1, an index or a name."))]
FillOption = Annotated[
    str, typer.Option(help=tr("What replaces a dropped pixel: {fills}.", fills=", ".join(FILLS)))
]
SettingsOption = Annotated[
    list[str] | None,
    typer.Option("--set", help=tr("METHOD.FIELD=VALUE or model.FIELD=VALUE; repeat for more.")),
]
CurvesOption = Annotated[
    bool, typer.Option(help=tr("Draw deletion and insertion curves: 450 forwards a method."))
]
OutOption = Annotated[Path, typer.Option("--out", help=tr("Folder for the report folders."))]
