"""Messages of frameworks: recorded ones are known, with their numbers and fixes; others are not."""

from __future__ import annotations

import ast
import inspect
import json
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

import convcli
from convcli.inputs.messages.reader import Explained, explained, rows
from convcli.inputs.messages.templates import compiled
from convcli.inputs.messages.texts import plain
from convcli.report.spelling.changes import DIALECTS, code_of
from convcli.report.views.explain import sentence
from convcli.report.words.vocabulary import Words, every_text, part_of

FOLDER = "convcli.report.spelling.changes"
DATA = Path(__file__).parent.parent / "data" / "messages"
DERIVED = (  # facts that no message has: what follows from its numbers, or stands in the code alone
    "missing", "axes_too_small", "bad_axes", "largest", "max", "max_padding", "max_features",
    "numbers", "ratio", "index", "minimum_input", "per_sample", "spatial",
)  # fmt: skip
LEAST_KNOWN = 0.95
POINTER = 10**12  # what torch 1.0 printed behind a weight


def recorded(framework: str) -> list[dict[str, Any]]:
    lines = (DATA / f"{framework}.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


FRAMEWORKS = sorted(path.stem for path in DATA.glob("*.jsonl"))


def integers(value: Any) -> Iterator[int]:
    """The whole numbers in nested lists."""
    if isinstance(value, (list, tuple)):
        for item in value:
            yield from integers(item)
    elif isinstance(value, dict):
        for item in value.values():
            yield from integers(item)
    elif isinstance(value, int) and not isinstance(value, bool):
        yield value


PLACES = re.compile(  # numbers of programs, and not of layers
    r"OpenCV\(\S+\)|\w\.\w+:\d+|: \d+ : (?:FAIL|INVALID_ARGUMENT)|(?:Status|replica|task|CPU): ?\d+"
)


def numbers_in(text: str) -> set[int]:
    return {int(word) for word in re.findall(r"(?<!\w)-?\d+", PLACES.sub("", text))}


def numbers_of(found: Explained) -> set[int]:
    return {value for number in found.diagnosis.numbers for value in integers(number.value)}


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_recorded_messages_are_known(framework: str) -> None:
    messages = recorded(framework)
    unknown = [each["id"] for each in messages if explained(each["text"]) is None]
    assert len(unknown) <= (1 - LEAST_KNOWN) * len(messages), unknown


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_the_numbers_of_messages_are_named(framework: str) -> None:
    """Every number of a record that its text prints is among the numbers of the answer."""
    for each in recorded(framework):
        found = explained(each["text"])
        if found is None:
            continue
        facts = {key: value for key, value in each["facts"].items() if key not in DERIVED}
        lines = each["text"].splitlines()
        printed = numbers_in("\n".join(line for line in lines if 'File "' not in line))
        wanted = {number for number in integers(facts) if number in printed and number < POINTER}
        missing = wanted - numbers_of(found)
        assert not missing or found.kind == "argument.type", (each["id"], missing)


def spelled(code: str) -> str:
    """Code without spaces and quotes, and without its target."""
    return re.sub(r"^(\w+)=\1(?=[.\[])", "", re.sub(r"[\s'\"]", "", code).partition("#")[0])


FIXES = {  # of records with one right answer; * stands where the message does not say more
    "torch001": "in_channels=1", "torch002": ".permute(0,3,1,2)", "torch003": ".permute(2,0,1)",
    "torch004": ".unsqueeze(1)", "torch005": "in_channels=16", "torch006": ".transpose(1,2)",
    "torch007": "in_channels=3", "torch008": ".transpose(1,2)", "torch009": "in_channels=128",
    "torch011": "[:,:3]", "torch013": "in_channels=64", "torch014": "in_channels=32",
    "torch016": ".transpose(0,1)", "torch017": "padding=1", "torch018": "kernel_size=3",
    "torch019": "dilation=3", "torch021": "kernel_size=(3,4,4)", "torch022": "padding=(0,1)",
    "torch023": "input=(1024,16)", "torch024": "padding=1", "torch025": ".flatten(0,1)",
    "torch026": "[None,None]", "torch028": "layer=Conv2d", "torch031": "[None,None]",
    "torch032": ".unsqueeze(0)", "torch037": "out_channels=6", "torch039": "padding=same",
    "torch042": "padding_mode=reflect", "torch045": "kernel_size=...", "torch046": "stride=...",
    "torch051": "stride=(1,2)", "torch054": "stride=1", "torch055": "dilation=1",
    "torch058": "output_padding=1", "torch060": "output_padding=(0,1,1)",
    "torch061": "output_size=(8,8)", "torch062": "padding=1", "torch066": "kernel_size=(2,2,1)",
    "torch067": "kernel_size=(4,3)", "torch069": "padding=1", "torch071": "padding=1",
    "torch072": "padding=1", "torch074": "padding_mode=replicate", "torch076": "padding=4",
    "torch080": ".float()/255", "torch081": ".float()", "torch082": ".float()",
    "torch084": ".float()", "torch089": "x=nn.AdaptiveAvgPool2d(1)(x).flatten(1)",
    "torch090": ".T", "torch091": ".flatten(1)", "torch095": "unflattened_size=(16,6,4)",
    "torch096": "x=F.pad(x,(0,1,0,1))", "torch100": "[...,:a.shape[-2],:a.shape[-1]]",
    "torch103": ".squeeze(1)", "torch105": ".unsqueeze(0)", "torch106": "layer=BatchNorm2d",
    "torch107": "num_groups=4", "torch110": "input=(2,2)", "torch111": "in_channels=3",
    "torch114": "state_dict=module.", "torch115": "weight=(16,32,4,4)",
    "torch117": ".unsqueeze(1)", "torch118": "mode=linear", "torch120": "size=(4,4)",
    "torch121": "out_channels=9", "torch123": "padding=1", "torch130": "in_channels=3",
    "torch133": ".float()",
}  # fmt: skip

FOREIGN_FIXES = {
    "jax002": "dimension_numbers=(NCHW,HWIO,NCHW)", "jax003": "kernel:(*sizes,3,out)",
    "jax004": "out_channels=6", "jax005": "in_channels=6", "jax010": "window_strides=(1,1)",
    "jax013": "padding=SAME", "jax014": "padding=[(1,1),(1,1)]", "jax015": "padding=[(1,1),(1,1)]",
    "jax018": "rhs_dilation=(2,2)", "jax020": "dimension_numbers=(NHWC,HWIO,NHWC)",
    "jax021": ".astype(jnp.float32)", "jax036": "in_features=384", "jax038": "num_features=2",
    "tf001": "keras.Input(shape=(128,128,1))", "tf002": "x=tf.repeat(x,3,axis=-1)",
    "tf008": "[None,...,None]", "tf010": "keras.Input(shape=(28,28,1))", "tf012": "[...,None]",
    "tf013": "[None]", "tf015": "x=tf.transpose(x,[0,2,3,1])", "tf018": "padding=same",
    "tf019": "padding=same", "tf021": "x=layers.Permute((2,3,1))(x)", "tf022": "padding=causal",
    "tf023": "pool_size=3", "tf024": "kernel_size=1",
    "tf026": "a=layers.Cropping2D(((0,1),(0,1)))(a)", "tf028": "a=layers.MaxPooling2D(2)(a)",
    "tf029": "layers.Conv2D(...,strides=1,dilation_rate=2)(x)[:,::2,::2]", "tf032": "groups=4",
    "tf034": "kernel_size=(3,3)", "tf038": "strides=...", "tf042": "output_padding=1",
    "tf043": ".transpose(2,3,1,0)", "tf046": "x=tf.transpose(x,[0,2,3,1])",
    "tf047": "padding=SAME", "tf048": "padding=SAME", "tf050": "weight=(3,3,32,128)",
    "tf057": "strides=[1,s,s,1]", "tf064": "[:,:60,:60]", "tf067": "padding=SAME",
    "pub178": "x=tf.transpose(x,[0,2,3,1])", "pub187": "padding=SAME", "pub220": "axis=1",
    "pub221": "a=layers.UpSampling2D(4)(a)", "pub227":
    "a=layers.Cropping3D(((0,0),(0,0),(0,1)))(a)", "ort001": ".repeat(3,axis=1)",
    "ort003": ".transpose(0,3,1,2)", "ort004": "group=3", "ort005": "out_channels=6",
    "ort006": "[None]", "ort012": ".astype(np.float32)", "ort013": "input_feed=X",
    "ort018": "pads=[1,1,1,1]", "ort020": "strides=[2,2]", "ort025": "output_padding=[1,1]",
    "ort026": "output_shape=[10]", "ort033": "num_features=57",
    "pub242": "image=cv2.resize(image,(1088,736))", "pub249": ".transpose(0,3,1,2)",
    "pub250": ".transpose(0,2,3,1)", "paddle001": "nn.Conv2D(1,64,7)",
    "paddle002": "data_format=NHWC", "paddle004": "data_format=NLC",
    "paddle005": "nn.Conv2DTranspose(4,4,2)", "paddle012": "in_features=384",
    "paddle013": "output_padding=1", "paddle014": "output_size=(10,10)", "paddle016": "stride=1",
    "paddle017": "[:,:,:60,:60]", "paddle020": "num_features=57", "pub276": ".transpose([0,3,1,2])",
    "mx001": "in_channels=1", "mx004": "padding=1", "mx005": "kernel_size=1",
    "mx006": "nn.GlobalAvgPool2D()", "mx007": ".expand_dims(0)", "mx011": "[:,:,:60,:60]",
    "cv003": "ddepth=-1", "cv004": "anchor=(-1,-1)", "pub264": "out_channels=18",
    "pub268": "image=cv2.cvtColor(image,cv2.COLOR_GRAY2BGR)", "pub286": "[...,:3]",
    "pub293": "bias=(1,32,1,1)",
}  # fmt: skip


def answers(found: Explained) -> set[str]:
    """The changes as code and as `argument=value`."""
    spellings = set()
    for change in found.diagnosis.changes:
        value = tuple(change.value) if isinstance(change.value, tuple) else change.value
        spellings.add(spelled(f"{change.argument}={value}"))
        code = spelled(code_of(change, found.framework))
        spellings |= {code, re.sub(r"^\w+=\w+(?=[.\[])", "", code)}
    return spellings


def test_the_fixes_of_messages_are_those_that_were_run() -> None:
    messages = {each["id"]: each for framework in FRAMEWORKS for each in recorded(framework)}
    for name, fix in (FIXES | FOREIGN_FIXES).items():
        found = explained(messages[name]["text"])
        assert found is not None
        assert fix in answers(found), (name, answers(found))


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_diagnosis_has_words_and_code(language: str) -> None:
    words = Words(language)
    for framework in FRAMEWORKS:
        for each in recorded(framework):
            found = explained(each["text"])
            if found is None:
                continue
            says = sentence(found.diagnosis, words)
            assert says.endswith("." if language == "en" else "。")
            assert "None" not in re.sub(r"\((?:None, )+", "(", says)
            assert found.diagnosis.is_sure or ("perhaps" if language == "en" else "可能") in says
            assert all(code_of(change, found.framework) for change in found.diagnosis.changes)


CHANNELS = (
    "RuntimeError: Given groups=1, weight of size [8, 3, 3, 3], expected input[1, 4, 9, 9] to have "
    "3 channels, but got 4 channels instead"
)
TRACE = f"""Traceback (most recent call last):
  File "/home/me/train.py", line 12, in <module>
    net(x)
  File "/home/me/net.py", line 30, in forward
    x = self.conv(x)
  File "/usr/lib/python3.11/site-packages/torch/nn/modules/conv.py", line 560, in forward
    return F.conv2d(
{CHANNELS}
"""
BOXED = """╭───────────── Traceback (most recent call last) ─────────────╮
│ /home/me/net.py:30 in forward                               │
│                                                             │
│   29 │   def forward(self, x):                              │
│ ❱ 30 │   │   x = self.conv(x)                               │
│   31 │   │   return x                                       │
│                                                             │
│ /opt/site-packages/torch/nn/modules/conv.py:560 in forward  │
│                                                             │
│ ❱ 560 │   │   return F.conv2d(                              │
╰─────────────────────────────────────────────────────────────╯
RuntimeError: Given groups=1, weight of size [8, 3, 3, 3],
expected input[1, 4, 9, 9] to have 3 channels, but got 4
channels instead
"""
CELL = f"""---------------------------------------------------------------------------
RuntimeError                              Traceback (most recent call last)
<ipython-input-5-1a2b3c> in forward(self, x)
     29     def forward(self, x):
---> 30         x = self.conv(x)
     31         return x

~/.local/lib/python3.8/site-packages/torch/nn/modules/conv.py in forward(self, input)
    422     def forward(self, input):
--> 423         return self._conv_forward(input, self.weight)

{CHANNELS}
"""
PASTED = {
    "a line": CHANNELS,
    "a traceback": TRACE,
    "a box": BOXED,
    "a cell": CELL,
    "quoted": "".join(f"> {line}\n" for line in TRACE.splitlines()),
    "fenced": f"It says\n```python-traceback\n{TRACE}```\nWhat now?",
    "one line": TRACE.replace("\n", "\\n"),
    "coloured": "".join(f"\x1b[31m{line}\x1b[0m\n" for line in TRACE.splitlines()),
    "ranks": "".join(f"[rank0]: {line}\n" for line in TRACE.splitlines()),
    "a log": "".join(f"2024-05-01 12:00:00,123 - ERROR - {line}\n" for line in TRACE.splitlines()),
    "a pod": "".join(f"worker-0  | {line}\n" for line in TRACE.splitlines()),
    "windows": TRACE.replace("\n", "\r\n").replace("/home/me/", "C:\\code\\"),
    "html": TRACE.replace('"', "&quot;"),
    "escaped": re.sub(r"([\[\]])", r"\\\1", TRACE),
    "then another": f"{TRACE}\nDuring handling of the above exception, another exception "
    "occurred:\n\nTraceback (most recent call last):\n  File \"x.py\", line 1, in <module>\n"
    "    y()\nRuntimeError: mat1 and mat2 shapes cannot be multiplied (1x2 and 3x4)",
    "replica": f"Caught RuntimeError in replica 0 on device 0.\nOriginal {TRACE}",
}  # fmt: skip


@pytest.mark.parametrize("name", PASTED)
def test_texts_are_read_as_people_paste_them(name: str) -> None:
    found = explained(PASTED[name])
    assert found is not None
    assert found.kind == "conv.in_channels"
    assert found.fields["input"] == (1, 4, 9, 9)
    if name != "a line":
        assert found.place is not None
        assert (found.place.line, found.place.code) == (30, "x = self.conv(x)")


ORDINARY = """
AssertionError
AttributeError: 'NoneType' object has no attribute 'shape'
AttributeError: module 'torch' has no attribute 'compile'
ConnectionError: HTTPSConnectionPool(host='x.org', port=443): Max retries exceeded with url: /a
EOFError: Ran out of input
FileNotFoundError: [Errno 2] No such file or directory: 'data/train/1x3x224x224.npy'
ImportError: cannot import name 'Conv2d' from 'torch' (unknown location)
IndentationError: unexpected indent
IndexError: index 10 is out of bounds for axis 0 with size 10
IndexError: list index out of range
IndexError: Target 10 is out of bounds.
IsADirectoryError: [Errno 21] Is a directory: 'weights'
json.decoder.JSONDecodeError: Expecting value: line 1 column 1 (char 0)
KeyError: 'conv1.weight'
KeyboardInterrupt
ModuleNotFoundError: No module named 'torchvision'
NameError: name 'nn' is not defined
NotADirectoryError: [Errno 20] Not a directory: 'x'
OSError: [Errno 28] No space left on device
OverflowError: cannot convert float infinity to integer
PermissionError: [Errno 13] Permission denied: '/data'
pickle.UnpicklingError: invalid load key, '<'.
RecursionError: maximum recursion depth exceeded
RuntimeError: CUDA error: device-side assert triggered
RuntimeError: CUDA error: no kernel image is available for execution on the device
RuntimeError: cuDNN error: CUDNN_STATUS_NOT_INITIALIZED
RuntimeError: DataLoader worker (pid 4523) is killed by signal: Killed.
RuntimeError: element 0 of tensors does not require grad and does not have a grad_fn
RuntimeError: Trying to backward through the graph a second time
RuntimeError: Found no NVIDIA driver on your system.
RuntimeError: PytorchStreamReader failed reading zip archive: failed finding central directory
RuntimeError: Attempting to deserialize object on a CUDA device but there is none
RuntimeError: one of the variables needed for gradient computation has been modified inplace
RuntimeError: a view of a leaf Variable that requires grad is being used in an in-place operation.
RuntimeError: Address already in use
RuntimeError: Numpy is not available
RuntimeError: Expected a 'cuda' device type for generator but found 'cpu'
StopIteration
SyntaxError: invalid syntax
TimeoutError: [Errno 110] Connection timed out
TypeError: 'int' object is not callable
TypeError: forward() takes 2 positional arguments but 3 were given
TypeError: main() missing 1 required positional argument: 'config'
TypeError: train() got an unexpected keyword argument 'strides'
TypeError: unsupported operand type(s) for +: 'int' and 'str'
TypeError: can't convert cuda:0 device type tensor to numpy.
UnboundLocalError: local variable 'x' referenced before assignment
UnicodeDecodeError: 'utf-8' codec can't decode byte 0x89 in position 0: invalid start byte
ValueError: too many values to unpack (expected 2)
ValueError: could not convert string to float: 'abc'
ValueError: Expected input to be a string, got 3
ValueError: num_samples should be a positive integer value, but got num_samples=0
ValueError: optimizer got an empty parameter list
ValueError: The truth value of an array with more than one element is ambiguous.
ValueError: invalid literal for int() with base 10: '3x3'
ZeroDivisionError: division by zero
Segmentation fault (core dumped)
UserWarning: Using a non-full backward hook when the forward contains multiple autograd Nodes
The kernel appears to have died. It will restart automatically.
My Conv2d has weight [64, 3, 7, 7] and the input is [1, 4, 224, 224]. Why does it fail?
"""


def test_ordinary_errors_are_not_explained() -> None:
    lines = [line for line in ORDINARY.splitlines() if line]
    assert len(lines) > 50
    for line in lines:
        frame = '  File "train.py", line 9, in f\n    f()'
        trace = f"Traceback (most recent call last):\n{frame}\n{line}\n"
        assert explained(line) is None, line
        assert explained(trace) is None, line


def test_kinds_are_names_and_no_template_is_read_twice() -> None:
    seen: set[str] = set()
    for row in rows():
        assert re.fullmatch(r"[a-z0-9_]+(\.[a-z0-9_]+)?", row.kind)
        for text in row.templates:
            assert text not in seen
            seen.add(text)
            assert len(compiled(text).literal) > 3, text
            inspect.signature(row.diagnose).bind(**compiled(text).types)  # its fields


def keys_in_sources(name: str) -> set[str]:
    """The first arguments of the calls of `name` in the sources of diagnoses, where constant."""
    folder = Path(convcli.__file__).parent / "engine"
    sources = [*folder.glob("diagnosis/*.py"), folder / "geometry" / "remedies.py"]
    return {
        node.args[0].value
        for path in sources
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call)
        and getattr(node.func, "id", "") == name
        and node.args
        and isinstance(node.args[0], ast.Constant)
    }


def test_every_key_has_words_and_every_change_code() -> None:
    texts = every_text("en")
    says = {key.removeprefix("says.") for key in texts if part_of(key) == "says"}
    causes = {key.removeprefix("causes.") for key in texts if part_of(key) == "causes"}
    fixes = {key.removeprefix("fixes.") for key in texts if part_of(key) == "fixes"}
    assert keys_in_sources("Saying") <= says | causes
    changes = keys_in_sources("Change") - {"all_groups", "crop"}  # for hints alone; of an example
    assert changes <= fixes
    modules = {name for names in DIALECTS.values() for name in names}
    codes = {key for name in modules for key in import_module(f"{FOLDER}.{name}").CODES}
    assert changes <= codes
    assert fixes == codes


def test_plain_text_stays_as_it_is() -> None:
    assert plain("a\n  b | c\n* d\n") == "a\n  b | c\n* d"


LIVE = (  # real messages with a fix of which the numbers alone are sure
    ("Cannot broadcast shape, the failure dim has value 28, which cannot be broadcasted to 14. "
     "Input shapes are: [None, 28, 28, 64] and [None, 14, 14, 64].", "add.sizes", "stride=2"),
    ("Incompatible shapes for broadcasting: shapes=[(1, 8, 8, 3), (4,)]", "add.sizes", None),
    ("conv_general_dilated feature_group_count must be a positive integer, got 0.",
     "conv.groups", "groups=1"),
    ("Causal padding is only implemented for 1D convolutions.", "conv.padding_string", "SAME"),
    ("(InvalidArgument) The dilation of Op(Conv) should be larger than 0, but received dilation "
     "is 0.", "conv.dilation", "dilation=1"),
    ("Invalid padding, all value should be larger than or equal to 0, but received: [-1, -1]",
     "conv.padding", "padding=0"),
    ("The number of filters must be divisible by groups,received: the number of filters is 8, the "
     "shape of weight is paddle.Size([8, 3, 3, 3]), the groups is 3", "conv.groups",
     "out_channels=9"),
    ("(InvalidArgument) The stride of PoolOutputSize shall not be 0, but received 0.",
     "pool.stride", "stride=1"),
    ("error: OpenCV(4.14.0) deriv.cpp:103: error: (-211:One of the arguments' values is out of "
     "range) The kernel size must be odd and not larger than 31 in function 'getSobelKernels'",
     "filter.ksize", None),
    ('In Node, ("node_0", Conv, "", -1) : ("X": tensor(float),) -> ("Y": tensor(float),) , Error '
     "Unrecognized attribute: padding for operator Conv", "argument.unknown", "pads=..."),
    ('In Node, ("node_0", MaxPool, "", -1) : ("X": tensor(float),) -> ("Y": tensor(float),) , '
     "Error Required attribute 'kernel_shape' is missing.", "argument.missing",
     "kernel_shape=..."),
    ("Node (node_0) Op (Conv) [ShapeInferenceError] Attribute kernel_shape has incorrect size",
     "argument.per_axis", "kernel_shape=list(W.shape[2:])"),
    ("Conv.__init__() missing 1 required keyword-only argument: 'rngs'", "argument.missing",
     "rngs=nnx.Rngs(0)"),
    ("(InvalidArgument) In operator matmul, the [1] dimension of Input(X) must be equal to the [0] "
     "dimension of Input(Y). But receiving the [1]dimension of Input(X) is [2048], and the [0] "
     "dimension of Input(Y) is [512].", "linear.in_features", "nn.Linear(2048, out_features)"),
)  # fmt: skip


@pytest.mark.parametrize(("text", "kind", "fix"), LIVE)
def test_messages_of_arguments(text: str, kind: str, fix: str | None) -> None:
    found = explained(text)
    assert found is not None
    assert found.kind == kind
    codes = {code_of(change, found.framework) for change in found.diagnosis.changes}
    told = codes | {f"{change.argument}={change.value}" for change in found.diagnosis.changes}
    assert fix is None or any(fix in each for each in told), told


def test_a_kernel_that_fits_keeps_its_dilation() -> None:
    found = explained(
        "Computed output size would be zero or negative. Received `inputs shape=(None, 8, 8, 3)`, "
        "`kernel shape=(3, 3, 3, 8)`, `dilation_rate=[4 4]`, `strides=(1, 1)`, `padding=valid`."
    )
    assert found is not None
    changes = {change.argument: change for change in found.diagnosis.changes}
    assert changes["kernel_size"].value == 2
    assert changes["kernel_size"].output == (None, 4, 4, 8)


def test_groups_that_may_not_divide_the_other_side_are_conditional() -> None:
    found = explained("The number of input channels must be evenly divisible by the number of "
                      "groups. Received groups=2, but the input has 3 channels")  # fmt: skip
    assert found is not None
    assert [(each.key, each.value) for each in found.diagnosis.changes] == [
        ("one_group", 1), ("groups_if", 3),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        "unflatten: Provided sizes [16, 5, 5] don't multiply up to the size of dim 1 "
        "(9223372036854775808) in the input tensor",
        "pixel_shuffle expects its input's 'channel' dimension to be divisible by the square of "
        "upscale_factor, but input.size(-3)=8 is not divisible by 100000000000000000000",
        "Calculated padded input size per channel: (3 x 3). Kernel size: (-1"
        + "0" * 400
        + " x 4). Kernel size can't be greater than actual input size",
    ],
)
def test_absurd_numbers_are_no_layer(text: str) -> None:
    found = explained(f"RuntimeError: {text}")
    assert found is None or not found.diagnosis.changes


@pytest.mark.parametrize("axis", [10**9, 2**63 - 1, 10**30])
@pytest.mark.parametrize(
    "text",
    [
        "[ONNXRuntimeError] : 2 : INVALID_ARGUMENT : Got invalid dimensions for input: input for "
        "the following indices\n index: 1 Got: 3 Expected: 416\n index: {} Got: 416 Expected: 3\n",
        "ValueError: Input 0 of layer \"c\" is incompatible with the layer: expected ndim={}, "
        "found ndim=3. Full shape received: (None, 28, 28)",
        "RuntimeError: Expected {}D (unbatched) or 4D (batched) input to conv2d, but got input of "
        "size: [28, 28]",
        "NotImplementedError: Padding size 4 is not supported for {}D input tensor.",
    ],
)  # fmt: skip
def test_an_axis_beyond_those_of_tensors_is_no_error_of_a_layer(text: str, axis: int) -> None:
    assert explained(text.format(axis)) is None
