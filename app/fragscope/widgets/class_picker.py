"""All classes in a list that a few letters search, for one panel."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from PySide6.QtWidgets import QWidget

from fragscope_explainers.translation import tr

from ..class_words import percent
from ..commands import Command
from ..session import Session
from .command_palette import CommandPalette


class ClassPicker(CommandPalette):
    """Holds a panel at the class that is chosen; Esc, or a click beside it, changes nothing."""

    def __init__(self, session: Session, window: QWidget) -> None:
        super().__init__(self._classes, window)
        self._session = session
        self._number = 0
        self.field.setAccessibleName(tr("Find a class"))
        self.list.setAccessibleName(tr("Classes"))

    def choose_for(self, number: int) -> None:
        """Let people choose the class that a panel is held at."""
        self._number = number
        name = self._session.panels.names()[number]
        self.field.setPlaceholderText(
            tr("Which class is {name} to explain? A name or an index ...", name=name)
        )
        self.appear()

    def _classes(self) -> Iterator[Command]:
        session, number = self._session, self._number
        panel = next((p for p in session.panels if p.number == number), None)
        prediction = session.prediction_of(panel) if panel is not None else None
        target = session.target
        if panel is None or prediction is None or target is None:
            return
        yield Command(
            tr("Follow the window ({label})", label=session.label(target)),
            tr("Class"),
            lambda: session.hold(number, None),
            tip=tr("Explain the class that the window explains, whatever it is"),
        )
        for index in np.argsort(-prediction.probabilities, kind="stable").tolist():
            yield Command(
                session.label_of(panel, index),
                f"{index}, {percent(float(prediction.probabilities[index]))}",
                lambda index=index: session.hold(number, index),  # type: ignore[misc]
                tip=tr("Hold the panel at class {index}", index=index),
            )
