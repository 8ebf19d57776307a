"""FragScope's library: explanations of image classifiers as iterators of snapshots.

>>> from fragscope_explainers import Request, load_classifier, methods, predict, read_image
>>> model = load_classifier()
>>> model_input = model.preprocessing.apply(read_image("photo.jpg"))
>>> request = Request(model_input, target=int(predict(model, model_input).argmax()))
>>> for snapshot in methods.create("mfpp", masks=500).explain(model, request):
...     saliency = snapshot.saliency(request.target)  # sharper every time

The public names stand in `__init__.pyi` and are imported when first used, so that a program can
start before torch is loaded.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
