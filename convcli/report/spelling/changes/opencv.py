"""Changes as lines of OpenCV: pictures before they become a blob, and filters."""

from __future__ import annotations

from collections.abc import Mapping

from convcli.report.spelling.changes import Code

CODES: Mapping[str, Code] = {
    "anchor": "anchor={value}",
    "blob_channels": "blob.shape  # (N, C, height, width) of the input of the network",
    "both_files": "cv2.dnn.readNetFromCaffe(prototxt, caffemodel)",
    "drop_alpha": "image = cv2.cvtColor(image, cv2.COLOR_BGRA2BGR)",
    "image_uint8": 'image = image.astype("uint8")',
    "mean_rgb": "image = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)",
    "net_size": "blob = cv2.dnn.blobFromImage(image, size=(width, height))  # as trained",
    "odd_ksize": "ksize=(width | 1, height | 1)",
    "order": "blob = blob.transpose(0, 3, 1, 2)",
    "pad_branch_net": "pad: 1  # of the pooling in one branch",
    "repeat_gray": "image = cv2.cvtColor(image, cv2.COLOR_GRAY2BGR)",
    "wrap_first": "cv2.filter2D(cv2.copyMakeBorder(image, p, p, p, p, cv2.BORDER_WRAP), -1, "
    "kernel)[p:-p, p:-p]",
}
