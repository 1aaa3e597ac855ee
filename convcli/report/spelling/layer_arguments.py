"""A layer as the arguments of a command line."""

from __future__ import annotations

from convcli.engine.geometry.spec import ConvSpec

DEFAULTS = {"stride": "1", "padding": "0", "dilation": "1", "output-padding": "0"}


def layer_name(spec: ConvSpec) -> str:
    """The name of the layer's kind: `conv2d`, `conv_transpose1d`."""
    return f"conv{'_transpose' if spec.transposed else ''}{spec.rank}d"


def layer_arguments(spec: ConvSpec) -> list[str]:
    """LAYER and its options for a command whose weight gives the channels; defaults are left out.

    >>> spec = ConvSpec.of(
    ...     in_channels=1, out_channels=1, kernel_size=3, padding=[(0, 1), 1], stride=2, dims=2
    ... )
    >>> layer_arguments(spec)
    ['conv2d', '--stride=2', '--padding=0:1,1']
    """
    per_axis = {
        "stride": [str(axis.stride) for axis in spec.axes],
        "padding": [str(axis.pad) for axis in spec.axes],
        "dilation": [str(axis.dilation) for axis in spec.axes],
        "output-padding": [str(axis.output_padding) for axis in spec.axes],
    }
    options = []
    for name, values in per_axis.items():
        text = values[0] if len(set(values)) == 1 else ",".join(values)
        if text != DEFAULTS[name]:
            options.append(f"--{name}={text}")
    if spec.groups != 1:
        options.append(f"--groups={spec.groups}")
    if spec.padding_mode != "zeros":
        options.append(f"--padding-mode={spec.padding_mode}")
    return [layer_name(spec), *options]
