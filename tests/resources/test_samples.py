from __future__ import annotations

import subprocess
import sys

import pytest

from fragscope_explainers import read_image
from fragscope_resources.samples import SAMPLES, Sample, sample


@pytest.mark.parametrize("entry", SAMPLES, ids=lambda entry: entry.name)
def test_every_sample_is_a_picture_with_a_credit(entry: Sample) -> None:
    image = read_image(entry.path)
    assert min(image.height, image.width) >= 224
    assert image.height != image.width
    assert entry.credit.endswith(("CC0", "public domain"))
    assert sample(entry.name) is entry


def test_names_and_labels_are_unique() -> None:
    assert len({entry.name for entry in SAMPLES}) == len(SAMPLES)
    assert len({entry.label for entry in SAMPLES}) == len(SAMPLES)


def test_an_unknown_sample_is_a_key_error() -> None:
    with pytest.raises(KeyError, match="unicorn"):
        sample("unicorn")


def test_samples_are_located_without_importing_scikit_image() -> None:
    code = (
        "import sys; from fragscope_resources.samples import SAMPLES; "
        "print(all(s.path.is_file() for s in SAMPLES), 'skimage' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.split() == ["True", "False"]
