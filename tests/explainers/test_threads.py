from __future__ import annotations

import os
import subprocess
import sys

import pytest

from fragscope_explainers.threads import wait_politely

NAMES = {"OMP_WAIT_POLICY": "PASSIVE", "OPENBLAS_THREAD_TIMEOUT": "4"}


def test_threads_are_told_to_sleep(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
    assert wait_politely() is False  # torch is loaded already
    assert {name: os.environ[name] for name in NAMES} == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_the_users_choice_is_left_alone(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, "mine")
    wait_politely()
    assert os.environ[name] == "mine"


@pytest.mark.parametrize("module", ["fragscope", "fragscope.cli", "fragscope.window_main"])
def test_the_program_says_it_before_numpy_is_imported(module: str) -> None:
    program = (
        "import sys\n"
        "class Watch:\n"
        "    def find_spec(self, name, *_):\n"
        "        import os\n"
        "        if name == 'numpy': assert os.environ.get('OPENBLAS_THREAD_TIMEOUT') == '4'\n"
        "sys.meta_path.insert(0, Watch())\n"
        f"import {module}, numpy\n"
    )
    clean = {key: value for key, value in os.environ.items() if key not in NAMES}
    subprocess.run([sys.executable, "-c", program], env=clean, check=True, timeout=60)
