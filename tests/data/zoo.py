"""Real models with random weights, of packages that may be missing: `MAKERS[name]()` makes one.

What is right for each stands in models.json: output, parameters, multiply-adds of convolutions,
linear and recurrent layers, and products without weights. torch.utils.flop_counter counted them,
but for the recurrent layers of two models, which it leaves out there: 4 gates times each matrix.
"""

from collections.abc import Callable
from importlib import import_module
from typing import Any

CLASSIFIERS = (
    "alexnet vgg16_bn resnet18 resnet50 resnext50_32x4d densenet121 squeezenet1_0 "
    "shufflenet_v2_x1_0 mobilenet_v2 mobilenet_v3_small mobilenet_v3_large regnet_y_400mf "
    "mnasnet1_0 swin_t maxvit_t"
)
OF_TIMM = (
    "resnet50d efficientnet_b0 convnext_tiny seresnet50 resnest50d tf_efficientnet_b0 "
    "mobilenetv3_large_100 mobilenetv4_conv_small regnety_008 densenet121 repvgg_a0 hrnet_w18 "
    "dm_nfnet_f0 nf_resnet50 mixnet_s cspdarknet53 dla34 dpn68 vgg16 xception41 inception_v4 "
    "rexnet_100 selecsls42b skresnet18 vovnet39a hardcorenas_a mnasnet_100 edgenext_small "
    "gernet_s starnet_s1 mobileone_s0 efficientvit_b0 convmixer_768_32 resnetv2_50 ecaresnet50t "
    "legacy_senet154 pvt_v2_b0 tresnet_m coatnet_0_rw_224"
)


def made(package: str, name: str, *arguments: Any, **named: Any) -> Callable[[], Any]:
    """A maker of `package.name(*arguments, **named)`, which imports the package when it is called.

    The package is its attribute.
    """

    def maker() -> Any:
        target = import_module(package)
        for part in name.split("."):
            target = getattr(target, part)
        return target(*arguments, **named)  # type: ignore[operator]

    maker.package = package.partition(".")[0]  # type: ignore[attr-defined]
    return maker


def part(maker: Callable[[], Any], name: str) -> Callable[[], Any]:
    """A maker of a part of a model."""

    def of_model() -> Any:
        return getattr(maker(), name)

    of_model.package = maker.package  # type: ignore[attr-defined]
    return of_model


def configured(model: str, config: str) -> Callable[[], Any]:
    """A maker of a model of transformers with its default configuration."""

    def maker() -> Any:
        transformers = import_module("transformers")
        return getattr(transformers, model)(getattr(transformers, config)())

    maker.package = "transformers"  # type: ignore[attr-defined]
    return maker


def crnn() -> Any:
    """A recogniser of text: convolutions, then a recurrent layer along the width."""
    from torch import nn

    class CRNN(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.c = nn.Sequential(
                nn.Conv2d(1, 32, 3, padding=1),
                nn.ReLU(),
                nn.MaxPool2d(2),
                nn.Conv2d(32, 64, 3, padding=1),
                nn.ReLU(),
                nn.MaxPool2d((2, 1)),
            )
            self.r = nn.LSTM(64 * 8, 64, bidirectional=True)
            self.f = nn.Linear(128, 10)

        def forward(self, x: Any) -> Any:
            x = self.c(x).flatten(1, 2).permute(2, 0, 1)
            return self.f(self.r(x)[0])

    return CRNN()


crnn.package = "torch"  # type: ignore[attr-defined]

TV, SMP, NETS, AUDIO = (
    "torchvision.models",
    "segmentation_models_pytorch",
    "monai.networks.nets",
    "torchaudio.models",
)
_NO_WEIGHTS = {"weights": None, "weights_backbone": None}
MAKERS: dict[str, Callable[[], Any]] = {
    **{name: made(TV, name, weights=None) for name in CLASSIFIERS.split()},
    "inception_v3": made(TV, "inception_v3", weights=None, aux_logits=True, init_weights=False),
    **{
        name: made(f"{TV}.segmentation", name, **_NO_WEIGHTS)
        for name in ("deeplabv3_mobilenet_v3_large", "lraspp_mobilenet_v3_large")
    },
    **{
        name: made(f"{TV}.video", name, weights=None)
        for name in ("r3d_18", "mc3_18", "r2plus1d_18", "mvit_v1_b")
    },
    "resnet50_fpn_backbone": made(
        f"{TV}.detection.backbone_utils",
        "resnet_fpn_backbone",
        backbone_name="resnet50",
        weights=None,
    ),
    "ssdlite_backbone": part(
        made(f"{TV}.detection", "ssdlite320_mobilenet_v3_large", **_NO_WEIGHTS), "backbone"
    ),
    **{
        f"timm_{name}": made("timm", "create_model", name, pretrained=False)
        for name in OF_TIMM.split()
    },
    "timm_resnet50_features": made(
        "timm", "create_model", "resnet50", features_only=True, pretrained=False
    ),
    **{
        f"smp_{name}": made(SMP, name, "resnet34", encoder_weights=None)
        for name in ("PSPNet", "DeepLabV3", "PAN", "MAnet")
    },
    "smp_Unet_mobilenet": made(SMP, "Unet", "mobilenet_v2", encoder_weights=None),
    "smp_Unet_tu_efficientnet": made(SMP, "Unet", "tu-efficientnet_b0", encoder_weights=None),
    "monai_BasicUNet3d": made(NETS, "BasicUNet", spatial_dims=3, in_channels=1, out_channels=2),
    "monai_DynUNet": made(
        NETS,
        "DynUNet",
        3,
        1,
        2,
        kernel_size=[3, 3, 3, 3],
        strides=[1, 2, 2, 2],
        upsample_kernel_size=[2, 2, 2],
    ),
    "monai_VNet": made(NETS, "VNet", spatial_dims=3),
    "monai_DenseNet121_3d": made(
        NETS, "DenseNet121", spatial_dims=3, in_channels=1, out_channels=2
    ),
    "monai_SEResNet50": made(NETS, "SEResNet50", spatial_dims=2, in_channels=3, num_classes=10),
    "ta_conv_tasnet": made(AUDIO, "conv_tasnet_base"),
    "ta_hdemucs_low": made(AUDIO, "hdemucs_low", ["a", "b"]),
    "hf_SpeechT5HifiGan": configured("SpeechT5HifiGan", "SpeechT5HifiGanConfig"),
    "hf_encodec_encoder": part(configured("EncodecModel", "EncodecConfig"), "encoder"),
    "hf_dac_encoder": part(configured("DacModel", "DacConfig"), "encoder"),
    "hf_segformer": configured("SegformerModel", "SegformerConfig"),
    "hand_crnn": crnn,
}
globals().update(MAKERS)  # for --module zoo.py:resnet18
