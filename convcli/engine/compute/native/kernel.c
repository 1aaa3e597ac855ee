/* A convolution with zeros around it, of any rank, stride, dilation and number of groups.

       out[n, g, o, p] = sum over c, k of
                         weight[g, o, c, k] * x[n, g, c, p*stride + k*dilation - before]

   This file is compiled once for each instruction set and number type. NUMBER is float, double or
   uint64_t (whose sums are those of int64_t, modulo 2^64); VECTOR_BYTES are those of a vector: 64
   (AVX-512), 32 (AVX2) or 16 (SSE2, NEON); NAME is that of the function; EXPORTED makes it visible.

   How it works. The outputs are cut into boxes. For each image, group, box and chunk of channels:

   1. `gather` copies the cells that the box reads into `cells`, where they stay in the second-level
      cache, with the zeros of the padding. An axis of stride s is stored as s axes, one for each
      remainder of the cell's index, so that neighbouring outputs read neighbouring cells whatever
      the stride: every read is `cells[position of the output + reads[tap]]`. Where many output
      channels read them, `unfold` copies them on, a row of outputs for each tap (im2col).
   2. `tile` computes some output channels at some vectors of outputs in registers. Where rows are
      short, a run of vectors goes over the ends of rows (`grid`): it computes a few sums that are
      no outputs, which `scatter` leaves out. A group of one output channel (`alone`) takes vectors
      of any rows instead.

   Order of summation. Channel by channel, tap by tap in the order of the weight, each product added
   with one rounding where the instruction set has a fused multiply-add (-ffp-contract=fast), else
   with two (SSE2). `block` channels, or `summed` products of one, are summed from zero, and these
   sums added up: whatever the box, the chunk and the thread, an output has the same bytes.

   No function takes memory. The caller has checked that all sizes, their sums and products fit. */

#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef ptrdiff_t Size;
#define LANES ((Size)(VECTOR_BYTES / sizeof(NUMBER)))
typedef NUMBER Vector __attribute__((vector_size(VECTOR_BYTES))); /* and at any address: */
typedef NUMBER Loose __attribute__((vector_size(VECTOR_BYTES), aligned(sizeof(NUMBER)), may_alias));

#define INLINE static inline __attribute__((always_inline))
#ifndef READ /* as halves.h does */
#define READ(from, row_step) (*(const Loose *)(from))
#endif
#ifdef __clang__
#define UNROLL _Pragma("unroll")
#else
#define UNROLL _Pragma("GCC unroll 8")
#endif

enum { MOST_AXES = 8, MOST_ROWS = 8, MOST_COLUMNS = 8 };

/* An axis. Steps are in numbers, not bytes. `step` outputs make a box. Cell i of a box, the padding
   included, lies at (i % stride)*phase + (i / stride)*pitch. */
typedef struct {
    Size outputs, step, cells, before, kernel, stride, dilation, in_step, out_step, w_step;
    Size pitch, phase;
} Axis;

/* `block`, `summed`: see above. `chunk` channels are gathered at a time, `plane` numbers each. With
   `unfolds` a row of so many numbers follows for each tap. `grid` is the distance of the first
   outputs of two rows, counted in lanes: with `row_step` == LANES rows are computed as one run of
   cells, else each vector is one row, or the rows are computed one by one (grid is 0). With `alone`
   a group has one output channel. With `in_place` nothing is gathered: rows that are read whole,
   without padding and stride, at least a vector. Else the cells of `together` groups are gathered
   before the first is read: a number that was just stored takes long to be read. A box has at most
   `vectors` of those of `vectors_of`. */
typedef struct {
    Size images, groups, rows, channels, taps, block, summed, chunk, plane, unfolds, grid, row_step;
    Size alone, in_place, together, vectors, rank;
    Size x_image, x_group, x_channel, w_group, w_row, w_channel, out_image, out_group, out_row;
    Axis axes[MOST_AXES];
} Layer;

/* Vectors of outputs that are computed one after another, for some output channels: `rows` rows of
   `width` outputs, as sums of `channels` channels, which are added to what is there with `add`. */
typedef struct {
    const Layer *layer;
    const Size *reads, *weights;
    const NUMBER *weight, *cells;
    NUMBER *out;
    Size rows, width, grid, out_step, channels, add, vectors;
} Run;

INLINE Size least(Size a, Size b) { return a < b ? a : b; }
/* a/b, rounded up, of numbers >= 0: most strides are 1, and a division takes as long as a row. */
INLINE Size quotient(Size a, Size b) { return b == 1 ? a : (a + b - 1) / b; }

/* Copies `count` numbers by vectors, the last of which overlaps the one before it, or by two parts
   of vectors: a call of memcpy takes longer. */
#define PARTS(n)                                                                                   \
    if (count < LANES && count >= n) {                                                             \
        memcpy(to, from, n * sizeof(NUMBER));                                                      \
        memcpy(to + count - n, from + count - n, n * sizeof(NUMBER));                              \
        return;                                                                                    \
    }
INLINE void copy(NUMBER *to, const NUMBER *from, Size count)
{
    PARTS(8) PARTS(4) PARTS(2) PARTS(1)
    if (count < LANES)
        return;
    for (Size i = 0; i < count - LANES; i += LANES)
        *(Loose *)(to + i) = *(const Loose *)(from + i);
    *(Loose *)(to + count - LANES) = *(const Loose *)(from + count - LANES);
}

/* The cells that `count` outputs read. */
INLINE Size cells_under(const Axis *axis, Size count)
{
    return (count - 1) * axis->stride + (axis->kernel - 1) * axis->dilation + 1;
}

/* The cells of the last axis: for each remainder of the stride a row of `many`, which begins with
   `lead` zeros and goes on with `run` cells, the first of them x[inner]. */
typedef struct { Size many, lead, run, inner; } Row;

INLINE Row row_of(const Axis *axis, Size first, Size count, Size phase)
{
    const Size from = first * axis->stride - axis->before + phase, stride = axis->stride;
    Row row = {quotient(cells_under(axis, count) - phase, stride), 0, 0, 0};
    row.lead = from < 0 ? least(quotient(-from, stride), row.many) : 0;
    const Size cell = from + row.lead * stride;
    if (cell < axis->cells) {
        row.run = least(quotient(axis->cells - cell, stride), row.many - row.lead);
        row.inner = cell * axis->in_step;
    }
    return row;
}

/* `x` is NULL in the padding. Zeros are written where `cells` are `fresh`: they stay. */
INLINE void copy_row(const Row *row, Size step, const NUMBER *restrict x, NUMBER *restrict cells,
                     int fresh)
{
    const Size run = x ? row->run : 0;
    if (step == 1)
        copy(cells + row->lead, x ? x + row->inner : cells, run);
    else if (step == 2) /* compilers know how */
        for (Size j = 0; j < run; j++)
            cells[row->lead + j] = x[row->inner + j * 2];
    else
        for (Size j = 0; j < run; j++)
            cells[row->lead + j] = x[row->inner + j * step];
    if (fresh)
        for (Size i = 0; i < row->many; i++)
            if (i < row->lead || i >= row->lead + run)
                cells[i] = 0;
}

/* The cells of the last axis, by remainder of the stride. */
INLINE void gather_rows(const Axis *axis, const Row *rows, const NUMBER *x, NUMBER *cells,
                        int fresh)
{
    const Size stride = axis->stride, step = stride * axis->in_step, apart = axis->phase;
    if (step == 1)
        copy_row(rows, 1, x, cells, fresh);
    else
        for (Size phase = 0; phase < stride; phase++)
            copy_row(rows + phase, step, x, cells + phase * apart, fresh);
}

/* All cells of a box; `rows` are those of its last axis. */
static void gather(const Axis *axis, const Axis *last, const Size *first, const Size *count,
                   const Row *rows, const NUMBER *x, NUMBER *cells, int fresh)
{
    if (axis == last)
        return gather_rows(last, rows, x, cells, fresh);
    const Size begin = *first * axis->stride - axis->before, length = cells_under(axis, *count);
    const Size size = axis->cells, step = axis->in_step, stride = axis->stride;
    for (Size i = 0, phase = 0; i < length; i++) {
        const Size cell = begin + i;
        const NUMBER *read = x && cell >= 0 && cell < size ? x + cell * step : NULL;
        NUMBER *to = cells + phase * axis->phase;
        if (axis + 1 == last)
            gather_rows(last, rows, read, to, fresh);
        else
            gather(axis + 1, last, first + 1, count + 1, rows, read, to, fresh);
        if (++phase == stride)
            phase = 0, cells += axis->pitch;
    }
}

/* sum[o, v] = sum over c, k of weight[o, (c, k)] * cells[c*plane + reads[k] + at[v]], lane by lane,
   in registers: `rows` output channels at `columns` vectors of outputs. Both are constants. With
   `add` the sums are added to those that are there. `weights` is NULL where they lie in a run. */
INLINE void tile(const int rows, const int columns, const Run *run, const Size *weights,
                 const NUMBER *cells, const Size *at, NUMBER *to, const Size *to_at, Size to_row)
{
    const Layer *layer = run->layer;
    const Size *reads = run->reads;
    const NUMBER *weight = run->weight;
    for (Size c = 0; c < run->channels; c += layer->block) {
        const Size count = least(layer->block, run->channels - c) * layer->taps;
        for (Size from = 0; from < count; from += layer->summed) {
            const Size until = least(from + layer->summed, count);
            Vector sum[MOST_ROWS][MOST_COLUMNS];
            UNROLL for (int o = 0; o < rows; o++)
                UNROLL for (int v = 0; v < columns; v++)
                    sum[o][v] = (Vector){0};
            for (Size k = from; k < until; k++) {
                const NUMBER *read = cells + reads[k], *tap = weight + (weights ? weights[k] : k);
                Vector x[MOST_COLUMNS];
                UNROLL for (int v = 0; v < columns; v++)
                    x[v] = READ(read + at[v], layer->row_step);
                UNROLL for (int o = 0; o < rows; o++) {
                    const Vector w = tap[o * layer->w_row] - (Vector){0}; /* in each lane */
                    UNROLL for (int v = 0; v < columns; v++)
                        sum[o][v] += w * x[v];
                }
            }
            UNROLL for (int o = 0; o < rows; o++)
                UNROLL for (int v = 0; v < columns; v++) {
                    Loose *place = (Loose *)(to + o * to_row + to_at[v]);
                    if (c || from || run->add)
                        sum[o][v] += *place;
                    *place = sum[o][v];
                }
        }
        weight += layer->block * layer->w_channel;
        cells += layer->block * (layer->unfolds ? layer->taps * layer->unfolds : layer->plane);
    }
}

/* Copies what are outputs of `lanes` sums of each of `rows` channels to their places, or `back`. */
static void scatter(const Run *run, Size row, Size column, int rows, Size lanes, NUMBER *sums,
                    int back)
{
    const Size step = run->layer->axes[run->layer->rank - 1].out_step;
    for (Size lane = 0; lane < lanes && row < run->rows; row++) {
        const Size count = least(run->width - column, lanes - lane);
        NUMBER *to = run->out + row * run->out_step + column * step, *from = sums + lane;
        for (int o = 0; o < rows && count > 0; o++, to += run->layer->out_row, from += lanes)
            if (step == 1)
                copy(back ? from : to, back ? to : from, count);
            else
                for (Size i = 0; i < count; i++)
                    *(back ? from + i : to + i * step) = back ? to[i * step] : from[i];
        lane += run->grid - column, column = 0;
    }
}

/* Some vectors of a run: straight into the output where all of their sums are outputs of a row. */
INLINE void vectors(const int rows, const int columns, const Run *run, Size first)
{
    const Layer *layer = run->layer;
    const Size lanes = columns * LANES, step = layer->axes[layer->rank - 1].out_step;
    Size lane = first * LANES, at[MOST_COLUMNS], to_at[MOST_COLUMNS];
    UNROLL for (int v = 0; v < columns; v++)
        at[v] = v * layer->row_step, to_at[v] = v * LANES;
    const NUMBER *cells = run->cells + first * layer->row_step;
    if (run->rows == 1 && !run->add && lane + lanes > run->width && lanes <= run->width) {
        lane = run->width - lanes; /* the end of a row: some sums are computed again */
        cells = run->cells + lane;
    }
    const Size row = lane < run->grid ? 0 : lane / run->grid, column = lane - row * run->grid;
    /* of a large map that is read in place, about a row further: memory answers slowly */
    for (int v = 0; v < (columns == MOST_COLUMNS && layer->in_place ? columns : 0); v++)
        __builtin_prefetch(cells + run->reads[layer->taps - 1] + run->grid + v * LANES);
    if (column + lanes <= run->width && row < run->rows && step == 1)
        return tile(rows, columns, run, run->weights, cells, at,
                    run->out + row * run->out_step + column, to_at, layer->out_row);
    NUMBER sums[MOST_ROWS * MOST_COLUMNS * LANES] __attribute__((aligned(VECTOR_BYTES)));
    if (run->add)
        scatter(run, row, column, rows, lanes, sums, 1);
    tile(rows, columns, run, run->weights, cells, at, sums, to_at, lanes);
    scatter(run, row, column, rows, lanes, sums, 0);
}

/* All vectors of a run, n at a time, 4 as 2 and 2; what lies in place is not read behind a row. */
#define EACH(n)                                                                                    \
    for (; columns >= n && run->vectors - first >= n && (n != 3 || run->vectors - first != 4) &&   \
           (!run->layer->in_place || n * LANES <= run->width); first += n)                         \
        vectors(rows, n, run, first);
#define RUN(name, rows, many) static void name(const Run *run) { all_vectors(rows, many, run); }
INLINE void all_vectors(const int rows, const int columns, const Run *run)
{
    Size first = 0;
    EACH(columns)
    if (columns == 8 && run->rows > 1 && run->vectors - first > 4)
        return vectors(rows, columns, run, first); /* some more, which are no outputs */
    EACH(4)
    EACH(2)
    for (; first < run->vectors; first++)
        vectors(rows, 1, run, first);
}

/* As many output channels as registers hold at a time. */
#if defined(__AVX512VL__) || defined(__aarch64__) /* 32 registers */
enum { ROWS = 8 };
RUN(run_most, 8, 3)
RUN(run_4, 4, 6)
#else
enum { ROWS = 6 };
RUN(run_most, 6, 2)
RUN(run_4, 4, 2)
#endif
RUN(run_2, 2, 4)
RUN(run_1, 1, 8)

/* The next index of an odometer; 0 after the last one. */
INLINE int next(Size *index, const Size *ends, Size axes)
{
    for (Size d = axes - 1; d >= 0; d--) {
        if (++index[d] < ends[d])
            return 1;
        index[d] = 0;
    }
    return 0;
}

/* The vectors that cover a box without its neighbours: where each reads cells, and where it writes.
   Those of a row overlap, or the row is shorter than a vector: then they write into the next row,
   which is written later. The last one is repeated, for whole tiles. */
static Size vectors_of(const Layer *layer, const Size *count, Size *at)
{
    const Size last = layer->rank - 1, width = count[last];
    Size index[MOST_AXES] = {0}, many = 0, rows = 0, *to_at = at + layer->vectors;
    do {
        Size read = 0, to = layer->unfolds ? rows++ * width : 0;
        for (Size d = 0; d < last; d++) {
            read += index[d] * layer->axes[d].pitch;
            to += layer->unfolds ? 0 : index[d] * layer->axes[d].out_step;
        }
        for (Size column = 0; column < width; column += LANES, many++) {
            const Size from = least(column, width < LANES ? 0 : width - LANES);
            at[many] = read + from, to_at[many] = to + from;
        }
    } while (next(index, count, last));
    for (; many % MOST_COLUMNS; many++)
        at[many] = at[many - 1], to_at[many] = to_at[many - 1];
    return many;
}

/* The outputs of a box of a group of one output channel: the last ones by way of `sums`, for they
   must not write into the next row. */
static void alone(const Run *run, const Size *at, Size width)
{
    const Size *to_at = at + run->layer->vectors, *last = at + run->vectors - MOST_COLUMNS;
    for (; at < last; at += MOST_COLUMNS, to_at += MOST_COLUMNS)
        tile(1, MOST_COLUMNS, run, NULL, run->cells, at, run->out, to_at, 0);
    NUMBER sums[MOST_COLUMNS * LANES] __attribute__((aligned(VECTOR_BYTES)));
    Size sums_at[MOST_COLUMNS];
    UNROLL for (int v = 0; v < MOST_COLUMNS; v++)
        sums_at[v] = v * LANES;
    tile(1, MOST_COLUMNS, run, NULL, run->cells, at, sums, sums_at, 0);
    for (int v = 0; v < MOST_COLUMNS; v++)
        copy(run->out + to_at[v], sums + v * LANES, least(width, LANES));
}

/* The outputs of a box for all output channels of a group. `run` has all but its rows. */
static void compute(const Layer *layer, const Size *count, Run run)
{
    const Axis *axes = layer->axes, *last = axes + layer->rank - 1;
    const NUMBER *cells = run.cells;
    NUMBER *out = run.out;
    Size outer = layer->rank - 1, lanes = count[outer], pitch[MOST_AXES]; /* outside of a run */
    while (layer->unfolds && outer && axes[outer - 1].out_step == lanes * last->out_step)
        lanes *= count[--outer];
    run.rows = 1, run.width = lanes, run.grid = lanes + LANES;
    if (outer > 0 && (layer->unfolds || layer->grid)) {
        run.rows = count[--outer];
        run.grid = layer->unfolds ? lanes : layer->grid;
        run.out_step = axes[outer].out_step;
        lanes += (run.rows - 1) * run.grid;
    }
    for (Size d = outer, inner = lanes; d-- > 0; inner *= count[d])
        pitch[d] = layer->unfolds ? inner : axes[d].pitch;
    run.vectors = (lanes + LANES - 1) / LANES;
    for (Size o = 0, rows; o < layer->rows; o += rows, run.weight += rows * layer->w_row) {
        rows = layer->rows - o;
        rows = rows >= ROWS ? ROWS : rows >= 4 ? 4 : rows >= 2 ? 2 : 1;
        Size index[MOST_AXES] = {0};
        do {
            run.cells = cells;
            run.out = out + o * layer->out_row;
            for (Size d = 0; d < outer; d++) {
                run.cells += index[d] * pitch[d];
                run.out += index[d] * axes[d].out_step;
            }
            (rows == ROWS ? run_most : rows == 4 ? run_4 : rows == 2 ? run_2 : run_1)(&run);
        } while (next(index, count, outer));
    }
}

/* Of the channels of a block, where tap k of channel c and its weight lie beside the first one. */
static void places_of_taps(const Layer *layer, Size *reads, Size *weights, Size *places)
{
    const Size many = least(layer->block, layer->channels) * layer->taps, taps = layer->taps;
    Size kernel[MOST_AXES], tap[MOST_AXES] = {0}, k = 0;
    for (Size d = 0; d < layer->rank; d++)
        kernel[d] = layer->axes[d].kernel;
    do {
        places[k] = weights[k] = 0;
        for (Size d = 0; d < layer->rank; d++) {
            const Axis *axis = layer->axes + d;
            const Size cell = tap[d] * axis->dilation;
            places[k] += cell % axis->stride * axis->phase + cell / axis->stride * axis->pitch;
            weights[k] += tap[d] * axis->w_step;
        }
        reads[k] = layer->unfolds ? k * layer->unfolds : places[k], k++;
    } while (next(tap, kernel, layer->rank));
    for (; k < many; k++) {
        reads[k] = reads[k - taps] + (layer->unfolds ? taps * layer->unfolds : layer->plane);
        weights[k] = weights[k - taps] + layer->w_channel;
    }
}

/* A row for each tap of the channels of a run: the cells that it reads, output by output. */
static void unfold(const Run *run, const Size *places, const Size *at, NUMBER *rows)
{
    const Layer *layer = run->layer;
    const Size *to_at = at + layer->vectors;
    const NUMBER *cells = run->cells;
    for (Size c = 0; c < run->channels; c++, cells += layer->plane)
        for (Size k = 0; k < layer->taps; k++, rows += layer->unfolds)
            for (Size v = 0; v < run->vectors; v++)
                *(Loose *)(rows + to_at[v]) = *(const Loose *)(cells + places[k] + at[v]);
}

#ifdef SOURCE /* in one of the objects */
EXPORTED const char convcli_source[] = SOURCE;
/* What the processor has: 2 for AVX-512, 1 for AVX2, 0 for neither. */
EXPORTED int convcli_level(void)
{
#if defined __x86_64__
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
        return 1 + (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
                    __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512bw"));
#endif
    return 0;
}
#endif

/* A box: its first outputs, how many, where they lie, its vectors, and its rows of cells. */
typedef struct {
    Size first[MOST_AXES], count[MOST_AXES], x, out, fresh;
    const Size *places, *at;
    const Row *rows;
} Box;

/* The outputs of some groups in a box: all that a run says but its rows. */
static void compute_groups(const Box *box, Size groups, Run run, const NUMBER *x, NUMBER *cells)
{
    const Layer *layer = run.layer;
    const Axis *last = layer->axes + layer->rank - 1;
    const Size each = run.channels * layer->plane;
    for (Size i = 0; i < groups * run.channels && !layer->in_place; i++)
        gather(layer->axes, last, box->first, box->count, box->rows,
               x + i / run.channels * layer->x_group + i % run.channels * layer->x_channel,
               cells + i * layer->plane, box->fresh);
    for (Size g = 0; g < groups; g++, run.weight += layer->w_group, run.out += layer->out_group) {
        run.cells = layer->in_place ? x + box->x + g * layer->x_group : cells + g * each;
        if (layer->unfolds) { /* behind the cells of whole chunks, whose zeros stay */
            NUMBER *rows = cells + layer->together * layer->chunk * layer->plane;
            unfold(&run, box->places, box->at, rows), run.cells = rows;
        }
        if (layer->alone)
            alone(&run, box->at, box->count[layer->rank - 1]);
        else
            compute(layer, box->count, run);
    }
}

/* The layer. `cells` holds those of `together` groups, of a chunk of channels each, their rows of
   taps, and MOST_COLUMNS vectors more; `reads` twice block*taps sizes, those of the taps, two for
   each of `vectors`, and the rows of the last axis. */
EXPORTED void NAME(const Layer *layer, const NUMBER *x, const NUMBER *weight, NUMBER *out,
                   NUMBER *cells, Size *reads)
{
    const Axis *axes = layer->axes, *last = axes + layer->rank - 1;
    Size d_last = layer->rank - 1, boxes[MOST_AXES], index[MOST_AXES] = {0};
    for (Size d = 0; d < layer->rank; d++)
        boxes[d] = (axes[d].outputs + axes[d].step - 1) / axes[d].step;
    Size *weights = reads + least(layer->block, layer->channels) * layer->taps;
    Size *places = weights + (weights - reads), *at = places + layer->taps;
    Row *rows = (Row *)(at + 2 * layer->vectors);
    places_of_taps(layer, reads, weights, places);
    do {
        Box box = {.places = places, .at = at, .rows = rows};
        for (Size d = 0; d < layer->rank; d++) {
            box.first[d] = index[d] * axes[d].step;
            box.count[d] = least(axes[d].step, axes[d].outputs - box.first[d]);
            box.x += box.first[d] * axes[d].in_step;
            box.out += box.first[d] * axes[d].out_step;
        }
        for (Size phase = 0; phase < last->stride && !layer->in_place; phase++)
            rows[phase] = row_of(last, box.first[d_last], box.count[d_last], phase);
        Run run = {.layer = layer, .reads = reads, .weights = weights};
        run.vectors = layer->vectors ? vectors_of(layer, box.count, at) : 0;
        for (Size image = 0; image < layer->images; image++)
            for (Size group = 0; group < layer->groups; group += layer->together)
                for (Size c = 0; c < layer->channels; c += layer->chunk) {
                    box.fresh = image + group + c == 0;
                    run.add = c > 0;
                    run.channels = least(layer->chunk, layer->channels - c);
                    run.weight = weight + group * layer->w_group + c * layer->w_channel;
                    run.out = out + box.out + image * layer->out_image + group * layer->out_group;
                    const NUMBER *read = x + image * layer->x_image + group * layer->x_group;
                    compute_groups(&box, least(layer->together, layer->groups - group), run,
                                   read + c * layer->x_channel, cells);
                }
    } while (next(index, boxes, layer->rank));
}
