"""How maps are laid over the picture: colours, sign, range, and which part of them."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QSlider,
    QToolButton,
    QWidget,
)

from fragscope_explainers.translation import tr

from ..changes import Change
from ..colours import COLOUR_MAPS, SIGNS, Display, Sign
from . import theme
from .described import describe

_SIGN_NAMES: dict[Sign, str] = {
    "all": tr("All"),
    "positive": tr("For the class"),
    "negative": tr("Against the class"),
    "absolute": tr("Strength only"),
}


class DisplayControl(QWidget):
    """Edits a `Display`.

    Signals (GUI thread)
    -------
    changed(object) : a new `Display`.
    changing(object) : people are about to make this `Change` of it.
    """

    changed = Signal(object)
    changing = Signal(object)

    def __init__(self, display: Display, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.told = display
        """What was told last."""
        self.opacity = _Share(0, 100, display.opacity)
        self.top = _Share(1, 100, display.top)
        self.threshold = _Share(0, 100, display.threshold)
        self.clip = _Share(50, 100, display.clip / 100)
        self.colour_map, self.sign = QComboBox(self), QComboBox(self)
        self.shared = QCheckBox(tr("Same range for same units"), self)
        self.locked = QCheckBox(tr("Lock the range"), self)
        self.contours = QCheckBox(tr("Contours"), self)
        self.fade = QCheckBox(tr("Fade what may be zero"), self)
        self.reset = QToolButton(self)
        self._fill(display)
        self.told = self.display
        self._describe()
        self._lay_out()
        self._wire()

    @property
    def display(self) -> Display:
        """What the controls say now."""
        return Display(
            colour_map=self.colour_map.currentText(),
            opacity=self.opacity.share,
            sign=self.sign.currentData(),
            clip=100 * self.clip.share,
            top=self.top.share,
            threshold=self.threshold.share,
            shared=self.shared.isChecked(),
            locked=self.locked.isChecked(),
            contours=self.contours.isChecked(),
            fade=self.fade.isChecked(),
        )

    def show_display(self, display: Display) -> None:
        """Set all controls; `changed` fires once."""
        self.blockSignals(True)
        self._show(display)
        self.blockSignals(False)
        self.told = self.display
        self.changed.emit(self.told)

    def _fill(self, display: Display) -> None:
        self.colour_map.addItems(list(COLOUR_MAPS))
        for sign in SIGNS:
            self.sign.addItem(_SIGN_NAMES[sign], sign)
        self._show(display)

    def _show(self, display: Display) -> None:
        self.colour_map.setCurrentText(display.colour_map)
        self.sign.setCurrentIndex(SIGNS.index(display.sign))
        self.opacity.show_share(display.opacity)
        self.clip.show_share(display.clip / 100)
        self.top.show_share(display.top)
        self.threshold.show_share(display.threshold)
        for name in ("shared", "locked", "contours", "fade"):
            getattr(self, name).setChecked(getattr(display, name))

    def _describe(self) -> None:
        self._describe_numbers()
        self._describe_switches()
        self.reset.setText(tr("Reset"))
        self.reset.setToolTip(tr("Show all of every map, in its own range"))

    def _describe_numbers(self) -> None:
        describe(
            (
                self.opacity,
                tr("Opacity of the maps"),
                tr("How strongly the maps cover the picture"),
            ),
            (
                self.colour_map,
                tr("Colour map"),
                tr(
                    "Colours of unsigned maps; signed ones run from blue to red, unless turbo or "
                    "jet is chosen"
                ),
            ),
            (
                self.sign,
                tr("Sign"),
                tr("What of a signed map is shown: red speaks for the class, blue against it"),
            ),
            (
                self.top,
                tr("Strongest pixels"),
                tr("Show only this share of the pixels, strongest first"),
            ),
            (
                self.threshold,
                tr("Threshold"),
                tr("Hide what is weaker than this share of the strongest colour"),
            ),
            (
                self.clip,
                tr("Clip"),
                tr("Values beyond this percentile look alike, so that few pixels hide nothing"),
            ),
        )

    def _describe_switches(self) -> None:
        describe(
            (
                self.shared,
                tr("Shared range"),
                tr("Maps in the same unit use the same colours for the same values"),
            ),
            (
                self.locked,
                tr("Locked range"),
                tr("Keep the values of the colours while maps change"),
            ),
            (
                self.contours,
                tr("Contours"),
                tr("Lines around the strongest 5, 15 and 30 % of the pixels"),
            ),
            (
                self.fade,
                tr("Fade uncertain"),
                tr(
                    "Nearly hide what is within one standard error of zero, in signed maps with "
                    "errors"
                ),
            ),
        )

    def _lay_out(self) -> None:
        layout = QFormLayout(self)
        layout.setContentsMargins(8, 2 * theme.SPACE, 8, theme.SPACE)
        layout.setVerticalSpacing(theme.SPACE)
        for text, control in (
            (tr("Opacity"), self.opacity),
            (tr("Colours"), self.colour_map),
            (tr("Show"), self.sign),
            (tr("Strongest"), self.top),
            (tr("Above"), self.threshold),
            (tr("Clip at"), self.clip),
        ):
            layout.addRow(text, control)
        for check in (self.shared, self.locked, self.contours, self.fade):
            layout.addRow(check)
        layout.addRow(self.reset)

    def _wire(self) -> None:
        for share in (self.opacity, self.top, self.threshold, self.clip):
            share.slider.valueChanged.connect(partial(self._tell, share, slides=True))
        for choice in (self.colour_map, self.sign):
            choice.currentIndexChanged.connect(partial(self._tell, choice))
        for check in (self.shared, self.locked, self.contours, self.fade):
            check.toggled.connect(partial(self._tell, check))
        self.reset.clicked.connect(self._start_over)

    def _tell(self, control: QWidget, _: object, *, slides: bool = False) -> None:
        text = tr("change {setting}", setting=control.accessibleName().lower())
        self.changing.emit(Change("display", text, key=text if slides else ""))
        self.told = self.display
        self.changed.emit(self.told)

    def _start_over(self) -> None:
        """Show everything again; colours and opacity are a matter of taste and stay."""
        plain = Display(self.display.colour_map, self.display.opacity)
        if plain != self.display:
            self.changing.emit(Change("display", tr("show all of every map")))
            self.show_display(plain)


class _Share(QWidget):
    """A slider in per cent with its number beside it."""

    def __init__(self, least: int, most: int, share: float) -> None:
        super().__init__()
        self.slider = QSlider(Qt.Orientation.Horizontal, self)
        self._number = QLabel(self)
        self._number.setFont(theme.tabular(self._number.font()))
        self._number.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._number.setMinimumWidth(self._number.fontMetrics().horizontalAdvance("100 %"))
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.slider, stretch=1)
        layout.addWidget(self._number)
        self.slider.valueChanged.connect(lambda value: self._number.setText(f"{value} %"))
        self.slider.setRange(least, most)
        self.show_share(share)
        self._number.setText(f"{self.slider.value()} %")

    @property
    def share(self) -> float:
        return self.slider.value() / 100

    def show_share(self, share: float) -> None:
        self.slider.setValue(round(100 * share))

    def setAccessibleName(self, name: str) -> None:
        super().setAccessibleName(name)
        self.slider.setAccessibleName(name)  # the slider is what takes the focus

    def setToolTip(self, tip: str) -> None:
        super().setToolTip(tip)
        self.slider.setToolTip(tip)
