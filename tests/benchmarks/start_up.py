"""Seconds from the start of the interpreter until the window is painted, without a model.

python tests/benchmarks/start_up.py [--times 5]
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import time

_CODE = """
from PySide6.QtWidgets import QApplication
from fragscope.window_main import MainWindow, Session, theme
application = QApplication([])
theme.apply(application, "light")
session = Session()
session.load_model = lambda: None
window = MainWindow(session)
window.show()
application.processEvents()
print("up", flush=True)
session.close()
"""


def seconds() -> float:
    """Seconds until the window says that it is up."""
    start = time.perf_counter()
    command = [sys.executable, "-c", _CODE]
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment
    ) as process:
        if process.stdout is not None:
            process.stdout.readline()
        return time.perf_counter() - start


def main() -> None:
    """Print the median and the best of some starts."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=5)
    times = [seconds() for _ in range(parser.parse_args().times)]
    line = {"figure": "start until the window is painted", "target_s": 1.5}
    line |= {"median_s": round(statistics.median(times), 2), "best_s": round(min(times), 2)}
    print(json.dumps(line))


if __name__ == "__main__":
    main()
