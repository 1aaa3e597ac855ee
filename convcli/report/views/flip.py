"""What documents say of a kernel that `--flip` reads backwards."""

from __future__ import annotations

from dataclasses import replace

from convcli.engine.explain.worked_sums import WorkedSum
from convcli.engine.geometry.flips import flipped_tap
from convcli.engine.geometry.spec import ConvSpec
from convcli.report.document import Document, Fact, Facts, Sum
from convcli.report.views.foreign import Foreign
from convcli.report.words.vocabulary import ENGLISH, Words


def with_flip(
    document: Document, spec: ConvSpec, foreign: Foreign | None = None, words: Words = ENGLISH
) -> Document:
    """The document that says what the flip makes of the layer.

    A convolution of torch correlates. A transposed layer convolves the spread-out input, and so do
    frameworks that flip: of these the flip makes a correlation.
    """
    flips = foreign is not None and foreign.flips
    if spec.transposed == flips:
        text = words("flip.convolution")
    else:
        layer = foreign.framework if foreign is not None and flips else words("flip.of_transposed")
        text = words("flip.correlation", layer=layer)
    facts = [Fact("flipped", None, True), Fact(None, words("flip.name"), text)]
    if document.command == "grad":
        facts.append(Fact(None, "dL/dW", words("flip.gradient")))
    first, *rest = document.blocks
    return document._replace(blocks=(first, Facts(tuple(facts)), *rest))


def with_written_taps(worked: WorkedSum) -> WorkedSum:
    """A worked sum of a flipped kernel, its taps as places in the kernel as it was written."""
    size = worked.spec.kernel_size
    terms = [term._replace(tap=flipped_tap(term.tap, size)) for term in worked.terms]
    return replace(worked, terms=terms)


def sum_without_flip(worked: WorkedSum, words: Words) -> Sum:
    """The sum that the layer itself has at the same output."""
    bias = () if worked.bias is None else (worked.bias,)
    factors = tuple((term.input, term.weight) for term in worked.terms)
    products = tuple(term.product for term in worked.terms)
    lead = words("flip.layer_sum")
    return Sum((*factors, *((part,) for part in bias)), (*products, *bias), worked.total, lead)
