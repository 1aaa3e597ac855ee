"""The colours that the numbers of a picture mean: LAB, ICC profiles, the gamma of a PNG file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from io import BytesIO
from typing import Any

from convcli.errors import ConvError, printable, shortened
from convcli.inputs.files.boundary import library
from convcli.inputs.files.request import ArrayRequest

PLAIN = "sRGB"  # the colours that numbers without a declaration have
GAMMA = 1 / 2.2  # that a PNG file of sRGB declares
PRIMARIES = (0.3127, 0.329, 0.64, 0.33, 0.3, 0.6, 0.15, 0.06)  # white, red, green, blue of sRGB
NEAR = 0.005
AS_STORED = "is not applied: the numbers are those of the file"


def lab_as_rgb(request: ArrayRequest, image: Any) -> Any:
    """A picture of Pillow's mode LAB as sRGB, by LittleCMS. Raises ConvError without it."""
    rule = "has colours in LAB, which this pillow cannot convert to RGB"
    fields = {"path": request.path}
    hint = "Write {path}:stored for the three channels."
    with library(request.refusal("image.deep", rule, hint=hint, fields=fields)):
        from PIL import ImageCms

        profiles = (ImageCms.createProfile("LAB"), ImageCms.createProfile("sRGB"))
        transform = ImageCms.buildTransform(*profiles, "LAB", "RGB")
        return ImageCms.applyTransform(image, transform)


def color_notes(information: Mapping[str, Any]) -> Sequence[str]:
    """What a file says of its colours that is not sRGB; `information` is that of Pillow."""
    profile = information.get("icc_profile")
    if profile:
        name = profile_name(profile)
        return (
            () if name.startswith(PLAIN) else (f"its ICC profile{name and f' {name}'} {AS_STORED}",)
        )
    if "srgb" in information:
        return ()
    gamma, primaries = information.get("gamma"), information.get("chromaticity")
    notes = []
    if gamma and abs(gamma - GAMMA) > NEAR:
        notes.append(f"its gamma of {gamma:.5g} {AS_STORED}")
    if primaries and any(abs(a - b) > NEAR for a, b in zip(primaries, PRIMARIES, strict=False)):
        notes.append(f"the primary colours that it declares, not those of {PLAIN}, are not applied")
    return notes


def profile_name(profile: bytes) -> str:
    """The name of an ICC profile, empty where LittleCMS reads none."""
    try:
        with library(ConvError("image.format", "holds a damaged ICC profile")):
            from PIL import ImageCms

            opened = ImageCms.ImageCmsProfile(BytesIO(profile))
            return printable(shortened(ImageCms.getProfileDescription(opened).strip()))
    except ConvError:
        return ""
