"""Changes as lines of NumPy, for engines that are fed with arrays: `x` is the input."""

from __future__ import annotations

from collections.abc import Mapping

from convcli.engine.geometry.changes import Change
from convcli.report.spelling.changes import Code, ordered, sliced


def _resize(change: Change) -> str:
    """cv2 takes the width before the height."""
    height, width = change.fields["sizes"]
    return f"image = cv2.resize(image, ({width}, {height}))"


def _dynamic(change: Change) -> str:
    axes = ", ".join(f'{axis}: "axis_{axis}"' for axis in change.fields["axes"])
    return f'torch.onnx.export(..., dynamic_axes={{"{change.fields["name"]}": {{{axes}}}}})'


CODES: Mapping[str, Code] = {
    "add_both": "x = x[None, None]",
    "both_types": "x, weight = x.astype(np.{value}), weight.astype(np.{value})",
    "drop_alpha": sliced,
    "dynamic_axes": _dynamic,
    "dynamic_batch": _dynamic,
    "flatten": "x = x.reshape(len(x), -1)",
    "gray_batch": "x = x.swapaxes(0, 1)",
    "input_type": "x = x.astype(np.{value})",
    "layer_type": "weight = weight.astype(np.{value})",
    "mean_rgb": "x = x.mean({axis}, keepdims=True)",
    "num_features": "scale, bias: {value} numbers",
    "one_by_one": "for sample in x: session.run(None, {{name: sample[None]}})",
    "order": lambda change: f"x = x.transpose({ordered(change)})",
    "pool_and_flatten": "x = x.mean((2, 3))",
    "repeat_gray": "x = x.repeat({takes}, axis={axis})",
    "resize": _resize,
    "scale_to_type": "x = x.astype(np.{value}) / 255",
    "squeeze": "x = x.squeeze({axis})",
    "transpose": "x = x.T",
    "view_rows": "x = x.reshape({batch}, -1)",
    "view_sizes": "x = x.reshape({sizes})",
}
