"""Arrays: OpenCV, SciPy, NumPy and MATLAB, for one channel and one kernel."""

from __future__ import annotations

from collections.abc import Iterator

from convcli.engine.geometry.padding import PADDING_MODES
from convcli.report.spelling.ports.base import (
    CannotWrite,
    Ends,
    Task,
    Way,
    call,
    numpy_pad,
    steps,
    word,
)

NDIMAGE = {
    "zeros": "constant", "reflect": "mirror", "replicate": "nearest", "circular": "wrap",
    "symmetric": "reflect",
}  # fmt: skip


def _check(task: Task, most_axes: int) -> None:
    """Raises CannotWrite for what a filter of arrays is not."""
    spec = task.spec
    if spec.transposed:
        raise CannotWrite("transposed")
    if spec.in_channels != 1 or spec.out_channels != 1:
        raise CannotWrite("channels")
    if task.rank > most_axes:
        raise CannotWrite("axes", most=most_axes)
    if set(task.dilation) != {1}:
        raise CannotWrite("dilation")


def _anchored(task: Task) -> bool:
    """Whether the windows lie among those of a filter that has the input's size."""
    return all(
        before < taps and after <= taps - 1 - before and (out - 1) * step < size
        for (before, after), taps, out, step, size in zip(
            task.pads, task.kernel, task.outs, task.stride, task.sizes, strict=True
        )
    )


def _taken(task: Task) -> tuple[Ends, ...]:
    return tuple((0, step) for step in task.stride)


def _cut(task: Task) -> str:
    """The slice behind a filter of the input's size: every stride-th output, as many as are."""
    texts = []
    for out, step, size in zip(task.outs, task.stride, task.sizes, strict=True):
        stop = "" if -(-size // step) == out else str((out - 1) * step + 1)
        texts.append(f":{stop}:{step}" if step > 1 else f":{stop}")
    return "" if set(texts) == {":"} else f"[{', '.join(texts)}]"


def opencv_ways(task: Task) -> Iterator[Way]:
    """filter2D with the anchor that stands for the padding before."""
    _check(task, 2)
    if task.rank != 2:
        raise CannotWrite("planes")
    if not _anchored(task):
        raise CannotWrite("anchor")
    if task.has_border and task.spec.padding_mode == "circular":
        raise CannotWrite("mode", mode="circular")
    border = PADDING_MODES[task.spec.padding_mode].opencv
    anchor = tuple(before for before, _ in reversed(task.pads))
    line = call(
        "cv2.filter2D", "x", "cv2.CV_64F", "w", f"anchor={anchor}", f"borderType=cv2.{border}"
    )
    yield Way(line + _cut(task), line, keeps=_taken(task))


def scipy_ways(task: Task) -> Iterator[Way]:
    """signal.correlate of mode valid, or ndimage.correlate with the origin that pads so."""
    _check(task, 3)
    if not any(map(any, task.pads)):
        line = call("scipy.signal.correlate", "x", "w", word("mode", "valid"))
        yield Way(line + steps(task.stride), line, keeps=_taken(task))
        return
    if _anchored(task):
        origins = [
            before - taps // 2 for (before, _), taps in zip(task.pads, task.kernel, strict=True)
        ]
        origin = origins[0] if len(set(origins)) == 1 else tuple(origins)
        mode = word("mode", NDIMAGE[task.spec.padding_mode])
        line = call(
            "scipy.ndimage.correlate", "x", "w", mode, f"origin={origin}" if any(origins) else ""
        )
        yield Way(line + _cut(task), line, keeps=_taken(task))
        return
    line = call("scipy.signal.correlate", "x", "w", word("mode", "valid"))
    padded = line.replace("(x,", f"({_numpy_padded(task)},")
    yield Way(padded + steps(task.stride), line, pads=task.pads, keeps=_taken(task))


def _numpy_padded(task: Task) -> str:
    mode = PADDING_MODES[task.spec.padding_mode].numpy if task.has_border else "constant"
    return numpy_pad(task.pads, mode)


def numpy_ways(task: Task) -> Iterator[Way]:
    """correlate of a mode that pads so, or of mode valid behind numpy.pad."""
    _check(task, 1)
    line = call("numpy.correlate", "x", "w", word("mode", "valid"))
    if task.kernel[0] > task.sizes[0] + sum(task.pads[0]):
        raise CannotWrite("anchor")
    if not any(map(any, task.pads)):
        yield Way(line + steps(task.stride), line, keeps=_taken(task))
        return
    if set(task.stride) == {1} and not task.has_border:
        for mode in ("same", "full"):
            named = call("numpy.correlate", "x", "w", word("mode", mode))
            yield Way(named, named)
    padded = line.replace("(x,", f"({_numpy_padded(task).replace('[', '').replace(']', '')},")
    yield Way(padded + steps(task.stride), line, pads=task.pads, keeps=_taken(task))


def matlab_ways(task: Task) -> Iterator[Way]:
    """filter2 of planes, conv of vectors, whose kernel is flipped; then every stride-th entry."""
    _check(task, 2)
    spec = task.spec
    if task.has_border:
        raise CannotWrite("mode", mode=spec.padding_mode)
    for shape in ("valid", "same", "full"):
        if task.rank == 1:
            text, line = f"conv(x, w, '{shape}')", f'matlab.conv(shape="{shape}")'
        else:
            text, line = f"filter2(w, x, '{shape}')", f'matlab.filter2(shape="{shape}")'
        ends = _shape_ends(task, shape)
        if any((start, rest) < (0, 0) or start < 0 or rest < 0 for start, rest in ends):
            continue
        yield Way(_matlab_cut(task, text, ends), line, keeps=tuple(
            (start, step) for (start, _), step in zip(ends, task.stride, strict=True)
        ))  # fmt: skip
        return
    raise CannotWrite("anchor")


def _shape_ends(task: Task, shape: str) -> list[Ends]:
    """What lies before and after the layer's windows in MATLAB's result."""
    ends = []
    for (before, _), taps, size, out, step in zip(
        task.pads, task.kernel, task.sizes, task.outs, task.stride, strict=True
    ):
        own = {"valid": 0, "same": taps - 1 - taps // 2, "full": taps - 1}[shape]
        cells = {"valid": size - taps + 1, "same": size, "full": size + taps - 1}[shape]
        start = own - before
        ends.append((start, cells - 1 - start - (out - 1) * step))
    return ends


def _matlab_cut(task: Task, text: str, ends: list[Ends]) -> str:
    cuts = []
    for (start, _), step, out in zip(ends, task.stride, task.outs, strict=True):
        last = start + 1 + (out - 1) * step
        cuts.append(f"{start + 1}:{step}:{last}" if step > 1 else f"{start + 1}:{last}")
    is_whole = all(start == rest == 0 for start, rest in ends) and set(task.stride) == {1}
    return f"y = {text};" if is_whole else f"y = {text}; y = y({', '.join(cuts)});"
