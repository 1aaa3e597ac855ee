/* Vectors of AVX-512 whose halves are of two rows, half of `row_step` apart: for rows of eight
   outputs, or of four in 64 bits. Included before kernel.c. */
#include <immintrin.h>
#define READ(from, row_step)                                                                       \
    ((Vector)_mm512_insertf64x4(                                                                   \
        _mm512_castpd256_pd512(_mm256_loadu_pd((const double *)(from))),                           \
        _mm256_loadu_pd((const double *)((from) + (row_step) / 2)), 1))
