from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from fragscope_explainers.classifiers import open_inference as protocol
from fragscope_explainers.classifiers.open_inference import Signature
from fragscope_explainers.errors import ModelError


def signature(shape: list[int], datatype: str = "FP32") -> Signature:
    return Signature.read({"inputs": [{"name": "x", "datatype": datatype, "shape": shape}]})


@pytest.mark.parametrize(
    ("shape", "facts", "fixed"),
    [
        ([-1, 3, 224, 320], {"layout": "NCHW", "channels": 3, "size": (224, 320)}, None),
        ([1, 224, 320, 3], {"layout": "NHWC", "channels": 3, "size": (224, 320)}, 1),
        ([4, 1, 28, 28], {"layout": "NCHW", "channels": 1, "size": (28, 28)}, 4),
        ([-1, 3, -1, -1], {"layout": "NCHW", "channels": 3}, None),
        ([3, 64, 48], {"layout": "NCHW", "channels": 3, "size": (64, 48)}, 1),
        ([64, 48, 4], {"layout": "NHWC", "channels": 4, "size": (64, 48)}, 1),
        ([-1, -1, -1, -1], {}, None),
        ([-1, 3, 5, 3], {}, None),
    ],
)
def test_a_shape_tells_layout_size_and_batch(
    shape: list[int], facts: dict[str, Any], fixed: int | None
) -> None:
    found = signature(shape)
    assert found.facts == {"dtype": "float32"} | facts
    assert found.fixed_batch == fixed


@given(
    arrays.arrays(
        np.float32,
        arrays.array_shapes(min_dims=1, max_dims=3, max_side=4),
        elements=st.floats(-1e6, 1e6, width=32),
    ),
    st.booleans(),
)
def test_what_is_sent_can_be_read_again(values: np.ndarray, binary: bool) -> None:
    """A server that sends back what it got: both directions describe tensors alike."""
    body, headers = protocol.request_body(Signature("x", "FP32"), values, binary=binary)
    length = headers.get(protocol.LENGTH_HEADER)
    head = body[: int(length)] if length else body
    asked = json.loads(head)
    answer = json.dumps({"outputs": asked["inputs"]}).encode()
    sent = answer + body[len(head) :]
    found = protocol.answers(sent, str(len(answer)) if binary else None)
    assert np.array_equal(found["x"], values)
    assert found["x"].dtype == np.float32


def test_bytes_are_sent_with_their_length_as_the_protocol_has_it() -> None:
    values = np.arange(6, dtype=np.float32).reshape(1, 6)
    body, headers = protocol.request_body(Signature("x", "FP32"), values, binary=True)
    head = (
        b'{"inputs": [{"name": "x", "shape": [1, 6], "datatype": "FP32", "parameters": '
        b'{"binary_data_size": 24}}], "parameters": {"binary_data_output": true}}'
    )
    assert body == head + values.tobytes()
    assert headers["Inference-Header-Content-Length"] == str(len(head))


@given(st.binary(max_size=200), st.none() | st.text(max_size=5) | st.integers().map(str))
def test_no_answer_of_any_kind_gets_further_than_one_error(body: bytes, length: str | None) -> None:
    try:
        protocol.answers(body, length)
    except ModelError as error:
        assert "\n" not in str(error)  # noqa: PT017


@pytest.mark.parametrize("kind", sorted(protocol.TYPES))
def test_all_numbers_of_the_protocol_are_read(kind: str) -> None:
    values = np.arange(6).astype(protocol.TYPES[kind])
    for data in (values.tobytes(), values.tolist()):
        found = protocol.tensor("x", kind, (2, 3), data)
        assert found.dtype == values.dtype
        assert np.array_equal(found, values.reshape(2, 3))


@pytest.mark.parametrize("length", ["9" * 5000, "-1", "1e3", "\u0664", " 2"])
def test_a_length_that_is_none_is_no_crash(length: str) -> None:
    with pytest.raises(ModelError, match=r"shorter than it says|something else than JSON"):
        protocol.answers(b"{}", length)


def test_json_of_a_length_that_would_fill_the_memory_is_not_read() -> None:
    body = b'{"outputs": [' + b"[]," * (11 << 20) + b"[]]}"
    with pytest.raises(ModelError, match="more than 32 MiB of JSON"):
        protocol.answers(body, None)
