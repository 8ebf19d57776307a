"""Fixtures that all tests share."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # spinning threads slow a busy machine

SHARED = Path(__file__).resolve().parents[2] / "shared"


@pytest.fixture(scope="session")
def shared_photos() -> Path:
    """Folder of outlined photos beside the checkout, where there is one."""
    folder = SHARED / "data" / "coco_cc"
    if not folder.is_dir():
        pytest.skip("the outlined photos are not beside this checkout")
    return folder
