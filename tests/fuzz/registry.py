"""Every format by its name."""

from __future__ import annotations

from tests.fuzz.case import Format
from tests.fuzz.formats import (
    exercises,
    framework_calls,
    layer_lists,
    many_files,
    nifti_files,
    npy_files,
    npz_files,
    onnx_models,
    pictures,
    printed_models,
    safetensors_files,
    serve_queries,
    stored_files,
    stores,
    texts,
    torch_files,
    wav_files,
)

FORMATS = {
    one.name: one
    for one in (
        Format("onnx", onnx_models.make, ("onnx",)),
        Format("torch", torch_files.make, ("torch",), is_array=True),
        Format("npz", npz_files.make, is_array=True),
        Format("npy", npy_files.make, is_array=True),
        Format("safetensors", safetensors_files.make, ("safetensors",), is_array=True),
        Format("picture", pictures.make, ("PIL",), is_array=True),
        Format("wav", wav_files.make, is_array=True),
        Format("nifti", nifti_files.make, ("nibabel",), is_array=True),
        Format("list-json", layer_lists.make_json),
        Format("list-jsonl", layer_lists.make_json_lines),
        Format("list-yaml", layer_lists.make_yaml, ("yaml",)),
        Format("list-toml", layer_lists.make_toml),
        Format("list-text", layer_lists.make_text),
        Format("list-py", layer_lists.make_source),
        Format("printed-model", printed_models.make),
        Format("expression", texts.make_expression),
        Format("framework-call", framework_calls.make_call),
        Format("keras-model", framework_calls.make_model),
        Format("message", framework_calls.make_message),
        Format("option", texts.make_option),
        Format("literal", texts.make_literal, is_array=True),
        Format("csv", texts.make_csv, is_array=True),
        Format("json-array", texts.make_json_array, is_array=True),
        Format("batch", texts.make_batch),
        Format("serve", serve_queries.make),
        Format("each", many_files.make),
        Format("exercise", exercises.make),
        Format("store", stores.make, ("zarr",)),
        Format("hdf5", stored_files.make_hdf5, ("zarr", "h5py")),
        Format("tiff-stack", stored_files.make_tiff, ("zarr", "tifffile")),
        Format("n5", stored_files.make_n5, ("zarr", "tensorstore")),
    )
}
