"""Operations of torch without products of weights or of activations.

Any operation that stands neither here nor among the rules and the costs has an unknown cost.
"""

from __future__ import annotations

_MOVING = (
    "_chunk_cat _coalesce _conj_copy _copy_from _copy_from_and_resize _index_put_impl _indices "
    "_lazy_clone _make_dual _mkldnn_reshape _mkldnn_transpose _neg_view _neg_view_copy "
    "_nested_view_from_buffer _nested_view_from_jagged _nested_from_padded_tensor "
    "_nested_tensor_from_mask _nested_get_values _jagged_to_padded_dense_forward "
    "_padded_dense_to_jagged_forward _pack_padded_sequence _pad_packed_sequence "
    "_reshape_alias_copy _reshape_copy _spdiags _stack _to_dense _unique _unique2 _unsafe_index "
    "_unsafe_index_put _unsafe_masked_index _unsafe_masked_index_put_accumulate _values "
    "alias_copy as_strided as_strided_copy as_strided_scatter block_diag bucketize col2im "
    "dequantize detach_copy diag_embed diagonal diagonal_copy diagonal_scatter expand_copy "
    "index_add index_copy index_fill index_put index_reduce int_repr isin lift_fresh_copy "
    "lu_unpack masked_scatter masked_select max_unpool2d max_unpool3d narrow_copy nonzero "
    "nonzero_static permute_copy put resize resize_as scatter scatter_add scatter_reduce "
    "searchsorted segment_reduce select_copy select_scatter slice_copy slice_inverse "
    "slice_scatter split_copy split_with_sizes_copy squeeze_copy t_copy take to_mkldnn "
    "to_padded_tensor transpose_copy tril triu unbind_copy unfold_copy unique_consecutive "
    "unique_dim unique_dim_consecutive unsqueeze_copy view_as_complex_copy view_as_real_copy "
    "view_copy cartesian_prod combinations"
)
_NUMBER_BY_NUMBER = (
    "__irshift __lshift __rshift _add_relu _conj_physical _masked_scale _masked_softmax "
    "_prelu_kernel _transform_bias_rescale_qkv abs bitwise_and bitwise_left_shift bitwise_or "
    "bitwise_right_shift bitwise_xor copysign eq fake_quantize_per_channel_affine_cachemask "
    "fake_quantize_per_tensor_affine_cachemask _fake_quantize_learnable_per_channel_affine "
    "_fake_quantize_learnable_per_tensor_affine "
    "_fake_quantize_per_tensor_affine_cachemask_tensor_qparams "
    "_fused_moving_avg_obs_fq_helper gcd ge gt hardshrink heaviside isinf isnan lcm le lt "
    "log_sigmoid_forward ne quantize_per_channel quantize_per_tensor quantize_per_tensor_dynamic "
    "rrelu_with_noise_functional softshrink xlogy _fused_dropout"
)
_REDUCING = (
    "_aminmax _batch_norm_no_update _batch_norm_with_update _cummax_helper _cummin_helper "
    "_embedding_bag _embedding_bag_forward_only _is_all_true _is_any_true _logcumsumexp "
    "_native_batch_norm_legit _weight_norm_interface allclose batch_norm_elemt batch_norm_stats "
    "binary_cross_entropy binary_cross_entropy_with_logits bincount cudnn_batch_norm dist "
    "embedding_renorm fractional_max_pool2d fractional_max_pool3d histc huber_loss kthvalue "
    "linalg_cross mkldnn_adaptive_avg_pool2d mkldnn_max_pool2d mkldnn_max_pool3d mode mse_loss "
    "nanmedian native_norm nll_loss2d_forward nll_loss_forward quantized_batch_norm "
    "quantized_max_pool1d quantized_max_pool2d quantized_max_pool3d smooth_l1_loss "
    "soft_margin_loss trace"
)
_SAMPLING = (
    "_grid_sampler_2d_cpu_fallback _upsample_lanczos2d_aa affine_grid_generator bernoulli "
    "binomial cauchy cudnn_affine_grid_generator cudnn_grid_sampler exponential geometric "
    "grid_sampler_2d grid_sampler_3d log_normal multinomial poisson random _standard_gamma "
    "_sample_dirichlet"
)
_SAYING = (  # things about a tensor
    "_assert_async _assert_scalar _assert_tensor_metadata _dimI _dimV _functional_assert_async "
    "_functional_assert_scalar _has_same_storage_numel _local_scalar_dense _nnz _pin_memory "
    "_print dense_dim is_coalesced is_pinned is_same_size is_set_to item q_scale q_zero_point "
    "record_stream set size stride sym_numel sym_storage_offset sym_stride"
)
_MADE = (
    "arange empty empty_permuted empty_strided eye full linspace logspace ones rand randint randn "
    "randperm range scalar_tensor tril_indices triu_indices zeros bartlett_window blackman_window "
    "hamming_window hann_window kaiser_window fft_fftfreq fft_rfftfreq _efficientzerotensor"
)
# Fourier transforms: what they multiply is neither learned nor an activation
TRANSFORMS = frozenset((
    "stft", "istft", "_fft_c2c", "_fft_c2r", "_fft_r2c",
    *(f"fft_{way}{kind}" for way in ("", "i") for kind in
      ("fft", "rfft", "hfft", "fft2", "rfft2", "hfft2", "fftn", "rfftn", "hfftn")),
))  # fmt: skip
FREE = TRANSFORMS | frozenset(
    " ".join((_MOVING, _NUMBER_BY_NUMBER, _REDUCING, _SAMPLING, _SAYING, _MADE)).split()
)
# of torchvision, whose operations are native code too
FREE_OF_VISION = frozenset(("nms", "roi_align", "roi_pool", "ps_roi_align", "ps_roi_pool"))
