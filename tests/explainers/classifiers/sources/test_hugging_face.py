from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from fragscope_explainers import TorchClassifier, load_classifier
from fragscope_explainers.classifiers.sources.found import DistrustedError
from fragscope_explainers.classifiers.torchvision_compat import torchvision
from fragscope_explainers.errors import ModelError

NAMES = ("ant", "bee", "cat")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of a small vision transformer with seeded weights."""
    torchvision()
    import transformers

    transformers.utils.logging.disable_progress_bar()
    folder = tmp_path_factory.mktemp("vit")
    config = transformers.ViTConfig(
        hidden_size=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=32,
        image_size=32,
        patch_size=8,
        id2label=dict(enumerate(NAMES)),
        label2id={name: index for index, name in enumerate(NAMES)},
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(4)
        transformers.ViTForImageClassification(config).save_pretrained(folder)
    transformers.ViTImageProcessor(size={"height": 32, "width": 32}).save_pretrained(folder)
    return folder


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Path:
    """A copy of it that a test may change."""
    copy = tmp_path / "my-vit"
    copy.mkdir()
    for path in made.iterdir():
        (copy / path.name).write_bytes(path.read_bytes())
    return copy


def change(path: Path, edit: Callable[[dict[str, Any]], object]) -> None:
    values = json.loads(path.read_text())
    edit(values)
    path.write_text(json.dumps(values))


def test_a_folder_says_all_about_its_model(folder: Path) -> None:
    import transformers

    found = load_classifier(f"hf:{folder}", "cpu")
    assert isinstance(found, TorchClassifier)
    assert (found.name, found.labels, found.input_size) == ("my-vit", NAMES, (32, 32))
    assert found.settings["mean"] == (0.5, 0.5, 0.5)
    assert {*found.settings.guessed} == set()
    weights = (folder / "model.safetensors").read_bytes()
    assert found.weights_hash == hashlib.sha256(weights).hexdigest()
    module = transformers.ViTForImageClassification.from_pretrained(folder).eval()
    batch = torch.randn(2, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    with torch.inference_mode():
        assert torch.allclose(found.logits(batch), module(batch).logits, atol=1e-5)


def test_gradients_reach_the_picture(folder: Path) -> None:
    found = load_classifier(f"hf:{folder}", "cpu")
    assert isinstance(found, TorchClassifier)
    batch = torch.zeros(1, 3, 32, 32, requires_grad=True)
    found.logits(batch)[0, 1].backward()
    assert batch.grad is not None
    assert float(batch.grad.abs().sum()) > 0


def test_several_labels_at_once_use_a_sigmoid(folder: Path) -> None:
    change(folder / "config.json", lambda c: c.update(problem_type="multi_label_classification"))
    found = load_classifier(f"hf:{folder}", "cpu")
    assert found.outputs.activation == "sigmoid"
    batch = torch.zeros(1, 3, 32, 32)
    assert torch.allclose(found.probabilities(batch), found.logits(batch).sigmoid())


def test_without_a_processor_the_rest_is_guessed(folder: Path) -> None:
    (folder / "preprocessor_config.json").unlink()
    found = load_classifier(f"hf:{folder}", "cpu")
    assert {"mean", "std", "resize"} <= {*found.settings.guessed}
    assert found.settings.known["size"].source == "its configuration"


def test_names_that_say_nothing_are_none(folder: Path) -> None:
    change(
        folder / "config.json",
        lambda c: c.update(id2label={str(i): f"LABEL_{i}" for i in range(3)}),
    )
    found = load_classifier(f"hf:{folder}", "cpu")
    assert found.labels[0] == "class 0"
    assert found.settings.labels.startswith("guessed")


def test_pickled_weights_want_trust(folder: Path) -> None:
    from safetensors.torch import load_file

    state = load_file(folder / "model.safetensors")
    (folder / "model.safetensors").unlink()
    with pytest.raises(DistrustedError, match=r"no model\.safetensors.*--trust"):
        load_classifier(f"hf:{folder}")
    torch.save(state, folder / "pytorch_model.bin")
    with pytest.raises(DistrustedError):
        load_classifier(f"hf:{folder}")
    assert load_classifier(f"hf:{folder}", "cpu", trusted=True).labels == NAMES


def test_a_program_of_its_own_wants_trust_and_does_not_run(folder: Path) -> None:
    ran = folder / "ran"
    (folder / "own.py").write_text(f"open({str(ran)!r}, 'w').close()\n")
    change(
        folder / "config.json",
        lambda c: c.update(auto_map={"AutoModelForImageClassification": "own.Net"}),
    )
    with pytest.raises(DistrustedError, match="brings a program of its own"):
        load_classifier(f"hf:{folder}")
    assert not ran.exists()


def test_a_head_without_weights_is_refused(folder: Path) -> None:
    from safetensors.torch import load_file, save_file

    state = load_file(folder / "model.safetensors")
    kept = {name: value for name, value in state.items() if "classifier" not in name}
    save_file(kept, folder / "model.safetensors", {"format": "pt"})
    with pytest.raises(ModelError, match=r"lacks weights, such as classifier\.bias.*at random"):
        load_classifier(f"hf:{folder}")


def test_weights_in_parts_are_all_hashed(folder: Path) -> None:
    from safetensors.torch import load_file, save_file

    state = load_file(folder / "model.safetensors")
    (folder / "model.safetensors").unlink()
    places = {}
    for part, names in (("a.safetensors", [*state][:20]), ("b.safetensors", [*state][20:])):
        save_file({name: state[name] for name in names}, folder / part, {"format": "pt"})
        places |= dict.fromkeys(names, part)
    index = folder / "model.safetensors.index.json"
    index.write_text(json.dumps({"metadata": {"total_size": 1}, "weight_map": places}))
    parts = [(folder / name).read_bytes() for name in ("a.safetensors", "b.safetensors")]
    found = load_classifier(f"hf:{folder}", "cpu")
    assert found.weights_hash == hashlib.sha256(b"".join(parts)).hexdigest()
    index.write_text(json.dumps({"weight_map": {"x": "../../elsewhere.safetensors"}}))
    with pytest.raises(ModelError, match="does not lie beside it"):
        load_classifier(f"hf:{folder}")


@pytest.mark.parametrize("content", ["", "[1]", "{", '{"model_type": "no-such-kind"}', "{}"])
def test_a_configuration_of_another_kind_is_one_sentence(folder: Path, content: str) -> None:
    (folder / "config.json").write_text(content)
    with pytest.raises(ModelError) as caught:
        load_classifier(f"hf:{folder}")
    assert "\n" not in str(caught.value)


def test_a_truncated_file_is_one_sentence(folder: Path) -> None:
    path = folder / "model.safetensors"
    path.write_bytes(path.read_bytes()[:500])
    with pytest.raises(ModelError, match="no image classifier that transformers can load"):
        load_classifier(f"hf:{folder}")


def test_a_language_model_is_no_classifier(folder: Path) -> None:
    (folder / "config.json").write_text('{"model_type": "bert"}')
    with pytest.raises(ModelError, match="no image classifier"):
        load_classifier(f"hf:{folder}")


def test_a_folder_that_is_none_is_told(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"is no folder with a config\.json"):
        load_classifier(f"hf:{tmp_path}/nowhere")


def test_without_a_network_the_sentence_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(ModelError, match=r"cannot be reached for owner/name; .*hf:FOLDER"):
        load_classifier("hf:owner/name")


def test_without_its_package_the_extra_is_told(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "transformers", None)
    with pytest.raises(ModelError, match=r"pip install 'fragscope\[hf\]'"):
        load_classifier(f"hf:{folder}")
