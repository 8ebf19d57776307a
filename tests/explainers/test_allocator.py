from __future__ import annotations

import platform
import subprocess
import sys

import pytest

from fragscope_explainers import allocator


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="the C library is not glibc")
def test_glibc_accepts_the_setting() -> None:
    code = (
        "from fragscope_explainers.allocator import keep_large_buffers as keep\n"
        "import numpy as np\n"
        "assert keep() is True and keep() is True\n"
        "assert np.ones(10**7).sum() == 10**7\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_other_libraries_are_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(allocator.platform, "libc_ver", lambda: ("", ""))
    monkeypatch.setattr(allocator.ctypes, "CDLL", lambda name: pytest.fail("was called"))
    assert allocator.keep_large_buffers() is False
