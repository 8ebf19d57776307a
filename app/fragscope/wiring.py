"""What happens when widgets and session of a window speak: every connection between them."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from .widgets.fragment_lines import FragmentLines

if TYPE_CHECKING:
    from .main_window import MainWindow


def wire(window: MainWindow) -> None:
    """Connect all parts of a window."""
    _wire_actions(window)
    _wire_openings(window)
    _wire_panels(window)
    _wire_fragments(window)
    _wire_window(window)
    _wire_state(window)


def _wire_actions(window: MainWindow) -> None:
    session, actions = window.session, window.actions_
    strip, side, grid = window.strip, window.side, window.grid
    for name, slot in (
        ("open", window.ask_file),
        ("paste", window.paste),
        ("next picture", lambda: strip.step(1)),
        ("previous picture", lambda: strip.step(-1)),
        ("close picture", strip.remove_current),
        ("run pictures", session.album.run_pictures),
        ("run", window.run_or_pause),
        ("stop", session.stop_all),
        ("export", window.exporter.ask_report),
        ("fit", grid.fit_or_frame),
        ("finer", lambda: side.pyramid.step(1)),
        ("coarser", lambda: side.pyramid.step(-1)),
        ("next", lambda: side.classes.step(1)),
        ("previous", lambda: side.classes.step(-1)),
        ("pin", side.classes.toggle_pin),
        ("versus", side.classes.toggle_contrast),
        ("opacity", side.toggle_map),
        ("swipe", grid.linked.toggle_swipe),
        ("theme", window.theme.switch),
        ("model", window.models.ask),
    ):
        actions.connect(name, slot)
    for place in range(9):
        actions.connect(f"panel {place + 1}", partial(grid.maximise_place, place))


def _wire_openings(window: MainWindow) -> None:
    session, tools = window.session, window.tools
    window.welcome.open_wanted.connect(window.ask_file)
    window.strip.open_wanted.connect(window.ask_file)
    window.welcome.sample_chosen.connect(window.open_file)
    window.models.input_wanted.connect(window.side.show_input)
    tools.sample_chosen.connect(window.open_file)
    tools.use(session)
    tools.method_chosen.connect(session.add_panel)
    tools.presets.second_model_wanted.connect(window.panel_models.choose_second)
    tools.preset_chosen.connect(lambda preset: session.use_panels(preset.panels))


def _wire_panels(window: MainWindow) -> None:
    session, side, grid = window.session, window.side, window.grid
    grid.hovered.connect(lambda x, y: side.readout.show_point(x, y, grid.hovered_panel))
    grid.left.connect(side.readout.clear_point)
    grid.method_chosen.connect(lambda number, name: session.configure(number, name, {}))
    grid.asked.connect(partial(_on_request, window))
    grid.model_wanted.connect(window.panel_models.choose_for)
    side.display.changed.connect(window.set_display)
    side.maps_toggled.connect(grid.show_maps)
    grid.panels_built.connect(window.curves.scrubber.refresh)
    window.curves.scrubber.altered.connect(grid.show_altered)
    window.what_if.what_if.changed.connect(lambda: window.curves.scrubber.switch(False))


def _wire_fragments(window: MainWindow) -> None:
    pyramid, grid = window.side.pyramid, window.grid
    FragmentLines(window.session, pyramid, grid)
    grid.hovered.connect(pyramid.point_at)
    grid.left.connect(pyramid.leave)
    grid.panels_built.connect(pyramid.redraw)
    pyramid.level_changed.connect(window.side.readout.set_level)


def _wire_window(window: MainWindow) -> None:
    """Connect the window of pictures of more than 8 bits with the views where it is dragged."""
    grid, windowing = window.grid, window.side.window_control.windowing

    def drag(right: float, up: float) -> None:
        windowing.drag(right, up)
        window.status.tell(windowing.text)

    grid.linked.window_dragged.connect(drag)
    grid.linked.window_let_go.connect(windowing.settle)
    windowing.tried.connect(grid.show_tried)
    windowing.dropped.connect(grid.show_pixels)


def _wire_state(window: MainWindow) -> None:
    session, notice, check = window.session, window.notice, window.check
    check.found.connect(lambda: window.side.show_findings(check.findings))
    check.warned.connect(notice.show_text)
    check.withdrawn.connect(notice.withdraw)

    def show_run_state(*_: object) -> None:
        window.tools.show_run_state(session)

    window.undo.said.connect(window.status.tell)
    for signal in (session.models.loaded, session.recalled):
        signal.connect(lambda *_: notice.hide())  # it was of the model before
    session.image_changed.connect(window.show_workspace)
    for said in (session.noticed, window.exporter.said, window.curves.said):
        said.connect(notice.show_text)
    for signal in (session.panel_changed, session.panels_changed, session.image_changed):
        signal.connect(show_run_state)
    show_run_state()


def _on_request(window: MainWindow, number: int, request: str) -> None:
    """Do what a panel's menu asks for."""
    session = window.session
    {
        "parameters": window.edit_parameters,
        "rerun": lambda number: session.run(session.panel(number)),
        "more": session.double_masks,
        "export": window.exporter.ask_overlay,
        "duplicate": session.duplicate_panel,
        "remove": session.remove_panel,
        "class": window.class_picker.choose_for,
    }[request](number)
