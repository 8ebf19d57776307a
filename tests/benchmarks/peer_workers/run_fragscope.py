"""FragScope: its methods as the program runs them, on OpenVINO where it agrees with torch.

A method's name may be followed by the precision to compute in; without, it is f32.
"""

from __future__ import annotations

from job import FloatArray, classifier_and_input, measure, read_job

from fragscope_explainers import Request, final, methods
from fragscope_explainers.allocator import keep_large_buffers
from fragscope_explainers.threads import wait_politely


def main() -> None:
    """Explain one photo."""
    wait_politely()  # before torch is imported, as the program does
    keep_large_buffers()
    from fragscope_explainers.classifiers.engines import on_picture, prepare_engine

    job = read_job()
    classifier, model_input = classifier_and_input(job)
    method, _, precision = job.method.partition(" ")
    prepare_engine(classifier, "bf16" if precision == "bf16" else "f32")
    on_picture = on_picture(classifier, model_input)
    request = Request(model_input, job.target)

    def explain(masks: int) -> tuple[FloatArray, int]:
        last = final(methods.create(method, masks=masks).explain(on_picture, request))
        return last.saliency(job.target), last.forwards

    measure(job, "fragscope", lambda: on_picture.use.name, explain)


if __name__ == "__main__":
    main()
