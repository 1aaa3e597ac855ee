/* A convolution with zeros around it, of any rank, stride, dilation and number of groups.

       out[n, g, o, p] = sum over c, k of weight[g, o, c, k] * x[n, g, c, p*stride + k*dilation - before]

   This file is compiled once for each instruction set and number type, with these macros:

       NUMBER        float, double or uint64_t (whose sums are those of int64_t, modulo 2^64)
       VECTOR_BYTES  bytes of a vector: 64 (AVX-512), 32 (AVX2) or 16 (SSE2, NEON)
       NAME          the name of the function

   How it works. The outputs are cut into boxes. For each image, group and box, and for a chunk of
   the channels at a time:

   1. `gather` copies the cells that the box reads into `cells`, where they stay in the second-level
      cache, with the zeros of the padding. An axis of stride s is stored as s axes, one for each
      remainder of the cell's index, so that neighbouring outputs read neighbouring cells whatever
      the stride. Every read is then `cells[position of the output + reads[tap]]`. Where many output
      channels read them, `unfold` copies them on, into a row of outputs for each tap (im2col).
   2. `tile` computes ROWS output channels at COLUMNS vectors of outputs in registers. Where rows are
      short, a run of vectors goes over the ends of rows (`grid`): it computes a few sums that are no
      outputs, which `scatter` leaves out. A group of one output channel (`alone`) takes vectors of
      any rows instead.

   Order of summation. Channel by channel, tap by tap in the order of the weight, each product added
   with one rounding where the instruction set has a fused multiply-add (-ffp-contract=fast), with
   two where it has not (SSE2). `block` channels, or `summed` products of one, are summed from zero,
   and these sums added up. This order depends on the weight's shape alone: neither on boxes and
   chunks, nor on the place of an output in them, nor on threads. So an output has the same bytes
   however a layer is cut.

   No function takes memory. Sizes are ptrdiff_t; the caller has checked that all of them, and the
   sums and products below, fit. */

#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef ptrdiff_t Size;

#define LANES ((Size)(VECTOR_BYTES / sizeof(NUMBER)))
typedef NUMBER Vector __attribute__((vector_size(VECTOR_BYTES)));
/* A vector at any address of an array of numbers. */
typedef NUMBER Loose __attribute__((vector_size(VECTOR_BYTES), aligned(sizeof(NUMBER)), may_alias));

#define INLINE static inline __attribute__((always_inline))
#ifdef __clang__
#define UNROLL _Pragma("unroll")
#else
#define UNROLL _Pragma("GCC unroll 8")
#endif

enum { MOST_AXES = 8, MOST_ROWS = 8, MOST_COLUMNS = 8 };

/* An axis. Steps are in numbers, not bytes. `step` outputs make a box. Cell i of a box, the padding
   included, lies at (i % stride)*phase + (i / stride)*pitch. */
typedef struct {
    Size outputs, step, cells, before, kernel, stride, dilation, in_step, out_step, pitch, phase;
} Axis;

/* `plane` numbers hold the gathered cells of a channel. With `unfolds` a row of so many numbers
   follows for each tap. `grid` is the distance of the first outputs of two rows, counted in lanes:
   with `row_step` == LANES rows are computed as one run of cells, else each vector is one row, or
   the rows are computed one by one (grid is 0). With `alone` a group has one output channel. With
   `in_place` nothing is gathered: rows that are read whole, without padding and stride, at least a
   vector. Else the cells of `together` groups are gathered before the first is read: a number that
   was just stored takes long to be read. A box has at most `vectors` of those of `vectors_of`. */
typedef struct {
    Size images, groups, rows, channels, taps, block, summed, chunk, plane, unfolds, grid, row_step;
    Size alone, in_place, together, vectors, rank;
    Size x_image, x_group, x_channel, w_group, w_row, out_image, out_group, out_row;
    Axis axes[MOST_AXES];
} Layer;

/* Where the outputs of some rows are: `rows` rows of `width` outputs each. They are sums of `channels`
   channels, and are added to what is there with `add`. */
typedef struct {
    Size rows, width, grid, out_step, out_number, out_channel, channels, add;
} Place;

INLINE Size least(Size a, Size b) { return a < b ? a : b; }

/* a/b, rounded up, of numbers >= 0: most strides are 1, and a division takes as long as a row. */
INLINE Size quotient(Size a, Size b) { return b == 1 ? a : (a + b - 1) / b; }

/* Copies `count` numbers by vectors, the last of which overlaps the one before it, or by two parts of
   vectors: a call of memcpy takes longer. */
#define PARTS(n)                                                                                   \
    if (count >= (n)) {                                                                            \
        memcpy(to, from, (n) * sizeof(NUMBER));                                                    \
        memcpy(to + count - (n), from + count - (n), (n) * sizeof(NUMBER));                        \
        return;                                                                                    \
    }
INLINE void copy(NUMBER *to, const NUMBER *from, Size count)
{
    if (count < LANES) {
        PARTS(8) PARTS(4) PARTS(2) PARTS(1)
        return;
    }
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
typedef struct {
    Size many, lead, run, inner;
} Row;

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
INLINE void gather_rows(const Axis *axis, const Row *rows, const NUMBER *x, NUMBER *cells, int fresh)
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
    if (axis == last) {
        gather_rows(last, rows, x, cells, fresh);
        return;
    }
    const Size begin = *first * axis->stride - axis->before, length = cells_under(axis, *count);
    const Size size = axis->cells, step = axis->in_step, stride = axis->stride;
    for (Size i = 0, phase = 0; i < length; i++) {
        const NUMBER *read = x && begin + i >= 0 && begin + i < size ? x + (begin + i) * step : NULL;
        NUMBER *to = cells + phase * axis->phase;
        if (axis + 1 == last)
            gather_rows(last, rows, read, to, fresh);
        else
            gather(axis + 1, last, first + 1, count + 1, rows, read, to, fresh);
        if (++phase == stride) {
            phase = 0;
            cells += axis->pitch;
        }
    }
}

/* sum[o, v] = sum over c, k of weight[o, (c, k)] * cells[c*plane + reads[k] + at[v]], lane by lane,
   in registers: `rows` output channels at `columns` vectors of outputs. Both are constants. With
   `add` the sums are added to those that are there. */
INLINE void tile(const int rows, const int columns, const Layer *layer, Size channels, int add,
                 const Size *reads, const NUMBER *weight, const NUMBER *cells, const Size *at,
                 NUMBER *to, const Size *to_at, Size to_row)
{
    for (Size c = 0; c < channels; c += layer->block) {
        const Size count = least(layer->block, channels - c) * layer->taps;
        for (Size from = 0; from < count; from += layer->summed) {
            const Size until = least(from + layer->summed, count);
            Vector sum[MOST_ROWS][MOST_COLUMNS];
            UNROLL for (int o = 0; o < rows; o++)
                UNROLL for (int v = 0; v < columns; v++)
                    sum[o][v] = (Vector){0};
            for (Size k = from; k < until; k++) {
                const NUMBER *read = cells + reads[k];
                Vector x[MOST_COLUMNS];
                UNROLL for (int v = 0; v < columns; v++)
                    x[v] = *(const Loose *)(read + at[v]);
                UNROLL for (int o = 0; o < rows; o++) {
                    const Vector w = weight[o * layer->w_row + k] - (Vector){0}; /* in each lane */
                    UNROLL for (int v = 0; v < columns; v++)
                        sum[o][v] += w * x[v];
                }
            }
            UNROLL for (int o = 0; o < rows; o++)
                UNROLL for (int v = 0; v < columns; v++) {
                    Loose *place = (Loose *)(to + o * to_row + to_at[v]);
                    if (c || from || add)
                        sum[o][v] += *place;
                    *place = sum[o][v];
                }
        }
        weight += count;
        cells += layer->block * (layer->unfolds ? layer->taps * layer->unfolds : layer->plane);
    }
}

/* Copies what are outputs of `lanes` sums of each of `rows` channels to their places, or `back`. */
static void scatter(const Place *place, Size row, Size column, int rows, Size lanes, NUMBER *sums,
                    Size sums_row, NUMBER *out, int back)
{
    for (Size lane = 0; lane < lanes && row < place->rows; row++) {
        const Size count = least(place->width - column, lanes - lane), step = place->out_number;
        NUMBER *to = out + row * place->out_step + column * step, *from = sums + lane;
        for (int o = 0; o < rows && count > 0; o++, to += place->out_channel, from += sums_row)
            if (step == 1)
                copy(back ? from : to, back ? to : from, count);
            else if (back)
                for (Size i = 0; i < count; i++)
                    from[i] = to[i * step];
            else
                for (Size i = 0; i < count; i++)
                    to[i * step] = from[i];
        lane += place->grid - column;
        column = 0;
    }
}

/* Some vectors of a run: straight into the output where all of their sums are outputs of a row. */
INLINE void vectors(const int rows, const int columns, const Layer *layer, const Size *reads,
                    const NUMBER *weight, const NUMBER *cells, const Place *place, Size first,
                    NUMBER *out)
{
    Size lane = first * LANES, at[MOST_COLUMNS], to_at[MOST_COLUMNS];
    UNROLL for (int v = 0; v < columns; v++) {
        at[v] = v * layer->row_step;
        to_at[v] = v * LANES;
    }
    const NUMBER *read = cells + first * layer->row_step;
    if (place->rows == 1 && !place->add && lane + columns * LANES > place->width &&
        columns * LANES <= place->width) { /* the end of a row: some sums are computed again */
        lane = place->width - columns * LANES;
        read = cells + lane;
    }
    const Size row = lane < place->grid ? 0 : lane / place->grid, column = lane - row * place->grid;
    if (column + columns * LANES <= place->width && row < place->rows && place->out_number == 1) {
        tile(rows, columns, layer, place->channels, place->add, reads, weight, read, at,
             out + row * place->out_step + column, to_at, place->out_channel);
        return;
    }
    NUMBER sums[MOST_ROWS * MOST_COLUMNS * LANES] __attribute__((aligned(VECTOR_BYTES)));
    if (place->add)
        scatter(place, row, column, rows, columns * LANES, sums, columns * LANES, out, 1);
    tile(rows, columns, layer, place->channels, place->add, reads, weight, read, at, sums, to_at,
         columns * LANES);
    scatter(place, row, column, rows, columns * LANES, sums, columns * LANES, out, 0);
}

/* Whether so many vectors may be read: where nothing is gathered, nothing is read behind a row. */
INLINE int may_read(const Layer *layer, const Place *place, int columns)
{
    return !layer->in_place || columns * LANES <= place->width;
}

/* All vectors of a run for some output channels: `columns` at a time, then 4, 2 and 1. */
INLINE void run(const int rows, const int columns, const Layer *layer, const Size *reads,
                const NUMBER *weight, const NUMBER *cells, const Place *place, Size many,
                NUMBER *out)
{
    Size first = 0;
    for (; many - first >= columns && may_read(layer, place, columns); first += columns)
        vectors(rows, columns, layer, reads, weight, cells, place, first, out);
    if (columns == 8 && place->rows > 1 && many - first > 4) { /* some more, which are no outputs */
        vectors(rows, columns, layer, reads, weight, cells, place, first, out);
        return;
    }
    for (; columns > 4 && many - first >= 4 && may_read(layer, place, 4); first += 4)
        vectors(rows, 4, layer, reads, weight, cells, place, first, out);
    for (; columns > 2 && many - first >= 2 && may_read(layer, place, 2); first += 2)
        vectors(rows, 2, layer, reads, weight, cells, place, first, out);
    for (; many - first >= 1; first++)
        vectors(rows, 1, layer, reads, weight, cells, place, first, out);
}

/* One run of outputs for all output channels of a group, as many as registers hold at a time. */
typedef void Runner(const Layer *, const Size *, const NUMBER *, const NUMBER *, const Place *,
                    Size, NUMBER *);
#define RUNNER(rows, columns)                                                                      \
    static void run_##rows(const Layer *layer, const Size *reads, const NUMBER *weight,            \
                           const NUMBER *cells, const Place *place, Size many, NUMBER *out)        \
    {                                                                                              \
        run(rows, columns, layer, reads, weight, cells, place, many, out);                         \
    }
#if defined(__AVX512VL__) || defined(__aarch64__)
#define MANY_REGISTERS /* 32 */
#endif
#ifdef MANY_REGISTERS
enum { ROWS = 8 };
RUNNER(8, 3)
RUNNER(4, 6)
#else
enum { ROWS = 6 };
RUNNER(6, 2)
RUNNER(4, 2)
#endif
RUNNER(2, 4)
RUNNER(1, 8)

/* The next output channels: how many, and what computes them. */
INLINE Size some_rows(Size left, Runner **runner)
{
    const Size rows = left >= ROWS ? ROWS : left >= 4 ? 4 : left >= 2 ? 2 : 1;
#ifdef MANY_REGISTERS
    *runner = rows == 8 ? run_8 : rows == 4 ? run_4 : rows == 2 ? run_2 : run_1;
#else
    *runner = rows == 6 ? run_6 : rows == 4 ? run_4 : rows == 2 ? run_2 : run_1;
#endif
    return rows;
}

/* The next index of an odometer over `axes` axes; 0 after the last one. */
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
    const Axis *axes = layer->axes, *last = axes + layer->rank - 1;
    const Size width = count[layer->rank - 1];
    Size index[MOST_AXES] = {0}, many = 0, *to_at = at + layer->vectors, rows = 0;
    do {
        Size read = 0, to = layer->unfolds ? rows++ * width : 0;
        for (Size d = 0; d < layer->rank - 1; d++) {
            read += index[d] * axes[d].pitch;
            to += layer->unfolds ? 0 : index[d] * axes[d].out_step;
        }
        for (Size column = 0; column < width; column += LANES, many++) {
            const Size from = least(column, width < LANES ? 0 : width - LANES);
            at[many] = read + from;
            to_at[many] = to + (layer->unfolds ? from : from * last->out_step);
        }
    } while (next(index, count, layer->rank - 1));
    for (; many % MOST_COLUMNS; many++) {
        at[many] = at[many - 1];
        to_at[many] = to_at[many - 1];
    }
    return many;
}

/* The outputs of a box of a group of one output channel: the last ones by way of `sums`, for they
   must not write into the next row. */
static void alone(const Layer *layer, const Size *reads, const NUMBER *weight, const NUMBER *cells,
                  const Size *at, Size many, Size lanes, NUMBER *out)
{
    Size i = 0, sums_at[MOST_COLUMNS];
    const Size *to_at = at + layer->vectors;
    for (; i < many - MOST_COLUMNS; i += MOST_COLUMNS)
        tile(1, MOST_COLUMNS, layer, layer->channels, 0, reads, weight, cells, at + i, out, to_at + i, 0);
    NUMBER sums[MOST_COLUMNS * LANES] __attribute__((aligned(VECTOR_BYTES)));
    UNROLL for (int v = 0; v < MOST_COLUMNS; v++)
        sums_at[v] = v * LANES;
    tile(1, MOST_COLUMNS, layer, layer->channels, 0, reads, weight, cells, at + i, sums, sums_at, 0);
    for (int v = 0; v < MOST_COLUMNS; v++)
        copy(out + to_at[i + v], sums + v * LANES, lanes);
}

/* The outputs of a box, whose cells are copied, for all output channels of a group. */
static void compute(const Layer *layer, const Size *reads, const Size *count, Size channels,
                    int add, const NUMBER *weight, const NUMBER *cells, NUMBER *out)
{
    const Axis *axes = layer->axes, *last = axes + layer->rank - 1;
    const Size width = count[layer->rank - 1];
    Place place = {1, width, width + LANES, 0, last->out_step, layer->out_row, channels, add};
    Size outer = layer->rank - 1, lanes = width, pitch[MOST_AXES]; /* of the axes outside a run */
    for (Size d = 0; d < outer; d++)
        pitch[d] = axes[d].pitch;
    if (layer->unfolds) {
        for (; outer > 0 && axes[outer - 1].out_step == place.width * last->out_step; outer--)
            place.width *= count[outer - 1];
        lanes = place.width;
        place.grid = lanes + LANES;
    }
    if (outer > 0 && (layer->unfolds || layer->grid)) {
        place.rows = count[--outer];
        place.grid = layer->unfolds ? place.width : layer->grid;
        place.out_step = axes[outer].out_step;
        lanes = (place.rows - 1) * place.grid + place.width;
    }
    for (Size d = outer, inner = lanes; layer->unfolds && d-- > 0; inner *= count[d])
        pitch[d] = inner;
    const Size many = (lanes + LANES - 1) / LANES;
    for (Size o = 0, rows; o < layer->rows; o += rows) {
        Runner *runner;
        rows = some_rows(layer->rows - o, &runner);
        Size index[MOST_AXES] = {0};
        do {
            const NUMBER *read = cells;
            NUMBER *to = out + o * layer->out_row;
            for (Size d = 0; d < outer; d++) {
                read += index[d] * pitch[d];
                to += index[d] * axes[d].out_step;
            }
            runner(layer, reads, weight + o * layer->w_row, read, &place, many, to);
        } while (next(index, count, outer));
    }
}

/* reads[(c, k)] of the channels of a block: where tap k of channel c lies beside the first one. */
static void places_of_taps(const Layer *layer, Size *reads)
{
    const Size many = least(layer->block, layer->channels) * layer->taps;
    Size kernel[MOST_AXES], tap[MOST_AXES] = {0}, *places = layer->unfolds ? reads + many : reads;
    for (Size d = 0; d < layer->rank; d++)
        kernel[d] = layer->axes[d].kernel;
    do {
        Size place = 0;
        for (Size d = 0; d < layer->rank; d++) {
            const Axis *axis = layer->axes + d;
            const Size cell = tap[d] * axis->dilation;
            place += cell % axis->stride * axis->phase + cell / axis->stride * axis->pitch;
        }
        *places++ = place;
    } while (next(tap, kernel, layer->rank));
    for (Size i = layer->unfolds ? 0 : layer->taps; i < many; i++)
        reads[i] = layer->unfolds ? i * layer->unfolds : reads[i - layer->taps] + layer->plane;
}

/* A row for each tap of `channels` channels: the cells that it reads, output by output. */
static void unfold(const Layer *layer, const Size *places, const Size *at, Size many, Size channels,
                   const NUMBER *cells, NUMBER *rows)
{
    const Size *to_at = at + layer->vectors;
    for (Size c = 0; c < channels; c++, cells += layer->plane)
        for (Size k = 0; k < layer->taps; k++, rows += layer->unfolds)
            for (Size v = 0; v < many; v++)
                *(Loose *)(rows + to_at[v]) = *(const Loose *)(cells + places[k] + at[v]);
}

#if defined _WIN32
#define EXPORTED __declspec(dllexport)
#else
#define EXPORTED __attribute__((visibility("default")))
#endif

#ifdef SOURCE /* in one of the objects */
/* The source that this library was made of, and what the processor has: 2 for AVX-512, 1 for AVX2,
   0 for neither. */
EXPORTED const char convcli_source[] = SOURCE;

EXPORTED int convcli_level(void)
{
#if defined __x86_64__
    __builtin_cpu_init();
    if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma"))
        return 0;
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
                   __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512bw")
               ? 2
               : 1;
#else
    return 0;
#endif
}
#endif

/* The layer. `cells` holds those of `together` groups, of a chunk of channels each, their rows of
   taps, and MOST_COLUMNS vectors more; `reads` block*taps sizes, those of the taps of a channel with
   `unfolds`, two for each of `vectors`, and the rows of the last axis. */
EXPORTED void NAME(const Layer *layer, const NUMBER *x, const NUMBER *weight, NUMBER *out,
                   NUMBER *cells, Size *reads)
{
    const Axis *last = layer->axes + layer->rank - 1;
    const Size each = least(layer->channels, layer->chunk) * layer->plane; /* cells of a group */
    Size boxes[MOST_AXES], box[MOST_AXES] = {0};
    for (Size d = 0; d < layer->rank; d++)
        boxes[d] = (layer->axes[d].outputs + layer->axes[d].step - 1) / layer->axes[d].step;
    places_of_taps(layer, reads);
    const Size *places = reads + least(layer->block, layer->channels) * layer->taps;
    Size *at = (Size *)places + (layer->unfolds ? layer->taps : 0);
    Row *rows = (Row *)(at + 2 * layer->vectors);
    do {
        Size first[MOST_AXES], count[MOST_AXES], place = 0, offset = 0;
        for (Size d = 0; d < layer->rank; d++) {
            const Axis *axis = layer->axes + d;
            first[d] = box[d] * axis->step;
            count[d] = least(axis->step, axis->outputs - first[d]);
            place += first[d] * axis->out_step;
            offset += first[d] * axis->in_step;
        }
        for (Size phase = 0; phase < last->stride && !layer->in_place; phase++)
            rows[phase] = row_of(last, first[layer->rank - 1], count[layer->rank - 1], phase);
        const Size many = layer->vectors ? vectors_of(layer, count, at) : 0;
        for (Size image = 0; image < layer->images; image++)
            for (Size group = 0; group < layer->groups; group += layer->together)
                for (Size c = 0; c < layer->channels; c += layer->chunk) {
                    const Size channels = least(layer->chunk, layer->channels - c);
                    const NUMBER *read = x + image * layer->x_image + group * layer->x_group + c * layer->x_channel;
                    const NUMBER *w = weight + group * layer->w_group + c * layer->taps;
                    NUMBER *to = out + place + image * layer->out_image + group * layer->out_group;
                    const Size some = least(layer->together, layer->groups - group);
                    for (Size i = 0; i < some * channels && !layer->in_place; i++)
                        gather(layer->axes, last, first, count, rows,
                               read + i / channels * layer->x_group + i % channels * layer->x_channel,
                               cells + i * layer->plane, image + group + c == 0);
                    for (Size g = 0; g < some; g++, w += layer->w_group, to += layer->out_group) {
                        const NUMBER *from = layer->in_place ? read + offset + g * layer->x_group : cells + g * each;
                        if (layer->unfolds) {
                            unfold(layer, places, at, many, channels, from, cells + some * each);
                            from = cells + some * each;
                        }
                        if (layer->alone)
                            alone(layer, reads, w, from, at, many, least(count[layer->rank - 1], LANES), to);
                        else
                            compute(layer, reads, count, channels, c > 0, w, from, to);
                    }
                }
    } while (next(box, boxes, layer->rank));
}
