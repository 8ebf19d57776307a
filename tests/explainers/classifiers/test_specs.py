from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fragscope_explainers.classifiers.specs import SUFFIXES, ModelSpec, parse_spec, without_secrets
from fragscope_explainers.errors import FragScopeError, ModelError, UnknownNameError


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("builtin:efficientnet-lite0", ModelSpec("builtin", "efficientnet-lite0")),
        ("torchvision:resnet50", ModelSpec("torchvision", "resnet50")),
        ("Torchvision:vit_b_16", ModelSpec("torchvision", "vit_b_16")),
        (
            "torchvision:resnet50@IMAGENET1K_V2",
            ModelSpec("torchvision", "resnet50", "IMAGENET1K_V2"),
        ),
        (
            "torchvision:mobilenet_v2@my models/a b.pth",
            ModelSpec("torchvision", "mobilenet_v2", "my models/a b.pth"),
        ),
        ("hf:google/vit-base-patch16-224", ModelSpec("hf", "google/vit-base-patch16-224")),
        ("models/tiny.onnx", ModelSpec("onnx", "models/tiny.onnx")),
        ("C:\\models\\tiny.ONNX", ModelSpec("onnx", "C:\\models\\tiny.ONNX")),
        ("a.pt2", ModelSpec("exported", "a.pt2")),
        ("mine.py:build", ModelSpec("factory", "mine.py", function="build")),
        ("pack.age:build", ModelSpec("factory", "pack.age", function="build")),
        ("http://host:8000/v2/models/m", ModelSpec("remote", "http://host:8000/v2/models/m")),
    ],
)
def test_every_form_is_read(text: str, wanted: ModelSpec) -> None:
    assert parse_spec(f"  {text} ") == wanted


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_file_is_known_by_its_end(suffix: str) -> None:
    spec = parse_spec(f"folder/model{suffix}")
    assert spec.kind == SUFFIXES[suffix]
    assert spec.path is not None
    assert spec.path.name == f"model{suffix}"


@pytest.mark.parametrize(
    "text",
    ["builtin:efficientnet-lite0", "timm:resnet18@a.safetensors", "m.onnx", "p.q:f", "f.py:g"],
)
def test_the_text_of_a_specification_names_it_again(text: str) -> None:
    assert parse_spec(text).text == text
    assert parse_spec(parse_spec(text).text) == parse_spec(text)


def test_secrets_of_a_server_are_never_shown() -> None:
    spec = parse_spec("https://me:s3cret@host:8000/v2/models/m?token=s3cret#s3cret")
    assert "s3cret" in spec.name
    assert spec.text == "https://host:8000/v2/models/m"


@pytest.mark.parametrize("text", ["", "model.docx", "no such folder/", ":", "a b"])
def test_what_names_no_model_is_refused_with_the_forms(text: str) -> None:
    with pytest.raises(ModelError, match="names no model; give a name such as torchvision"):
        parse_spec(text)


def test_an_unknown_collection_is_refused_with_the_known_ones() -> None:
    with pytest.raises(UnknownNameError, match="did you mean 'timm'"):
        parse_spec("tim:vit-small.x")


def test_only_a_factory_runs_code() -> None:
    assert parse_spec("mine.py:build").runs_code
    assert not parse_spec("mine.pt").runs_code


@given(st.text(max_size=40))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        found = parse_spec(text)
    except FragScopeError:
        return
    assert found.kind


def test_an_onnx_file_can_ask_for_its_engine() -> None:
    found = parse_spec("a@b/net.onnx@onnxruntime")
    assert (found.kind, found.name, found.weights) == ("onnx", "a@b/net.onnx", "onnxruntime")
    assert found.text == "a@b/net.onnx@onnxruntime"
    assert found.path == Path("a@b/net.onnx")
    with pytest.raises(ModelError):
        parse_spec("net.onnx@other")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("torchvision:resnet50", "torchvision:resnet50"),
        ("--model=http://a:b@h:1/v2/models/x?k=v#f rest", "--model=http://h:1/v2/models/x rest"),
        ("'grpcs://token@h/x' and https://h/y?z", "'grpcs://h/x' and https://h/y"),
        ("http://a:b@[::1/x", "http://"),
    ],
)
def test_texts_lose_the_secrets_of_their_urls(text: str, shown: str) -> None:
    assert without_secrets(text) == shown


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("resnet50", "give torchvision:resnet50, timm:resnet50 or a file"),
        ("google/vit-base-patch16-224", "is hf:google/vit-base-patch16-224"),
        ("torchvision:", "lacks the name of a model"),
        ("HF:", "lacks the name of a model"),
        ("ftp://host/model.zip", "not over ftp"),
        ("nets/model.keras", "export the model to ONNX"),
        ("net.pkl", "export the model to ONNX"),
        ("none.py", "as in none.py:function"),
    ],
)
def test_what_is_nearly_a_model_is_told_what_lacks(text: str, said: str) -> None:
    with pytest.raises(ModelError) as told:
        parse_spec(text)
    assert said in str(told.value)


@pytest.mark.parametrize("end", ["", ":"])
def test_functions_of_a_python_file_are_read_and_not_run(end: str, tmp_path: Path) -> None:
    code = tmp_path / "net.py"
    code.write_text("1 / 0\n\ndef _inner(): ...\n\ndef small(): ...\n\ndef large(): ...\n")
    with pytest.raises(ModelError, match=r"as in net\.py:small or :large$"):
        parse_spec(f"{code}{end}")
    code.write_text("def broken(")
    with pytest.raises(ModelError, match=r"net\.py:function$"):
        parse_spec(f"{code}{end}")


def test_a_folder_is_a_model_where_transformers_saved_it(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="is a folder; give the file of the model in it"):
        parse_spec(str(tmp_path))
    (tmp_path / "config.json").write_text("{}")
    assert parse_spec(str(tmp_path)) == ModelSpec("hf", str(tmp_path))
