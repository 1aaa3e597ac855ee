/* A convolution with 3x3 taps on its last two axes, of stride 1: 16 products instead of 36.

   For a tile of 2x2 outputs, the 4x4 cells d that it reads and the taps g of a channel:

       out = A [(G g G') * (B d B')] A'    summed over the channels; ' transposes, * is by place

           1  1  1  0           1    0    0            1  0 -1  0
       A = 0  1 -1 -1       G = 1/2  1/2  1/2      B = 0  1  1  0
                                1/2 -1/2  1/2          0 -1  1  0
                                0    0    1            0  1  0 -1

   Source: Lavin and Gray, "Fast Algorithms for Convolutional Neural Networks", F(2x2, 3x3).

   How it works. The sums G g G' of all weights are computed once; for each box of outputs then the
   sums B d B' of the cells that it reads, for each of the 16 places of a tile a product of matrices
   by `tile` of kernel.c, and the outputs. With a dilation, outputs so far apart make a tile. There
   are three axes: the first is that of a volume, whose taps count as channels, or the images.

   Sums of numbers of very different magnitudes lose digits of the small ones, and an infinity makes
   NaNs of outputs that do not read it. A layer with such numbers, and one whose weights look like
   whole numbers, which a direct sum keeps exact, is computed by `direct` instead.

   This file is compiled behind kernel.c, for floats; BITS are integers of that size, WINOGRAD
   the name of the function. No function takes memory. */

#ifdef BITS
#include <float.h>
enum { SIDE = 4, PLACES = SIDE * SIDE, TAPS = 9, ACROSS = ROWS == 8 ? 3 : 2 };

/* Powers of two: between the largest of CELLS cells of a box and the small ones, one in SMALL at
   most; and between the largest weights of the nine taps. SAMPLE weights that are multiples of
   1/WHOLE look exact. FEW tiles behind the last whole vector take less time one by one. */
enum { CELLS_RANGE = 8, SMALL = 10, CELLS = 1024, TAPS_RANGE = 4, SAMPLE = 256 };
enum { WHOLE = 256, FEW = 2 };

typedef BITS Lanes __attribute__((vector_size(VECTOR_BYTES))), Bits __attribute__((may_alias));
#define MAGNITUDE ((BITS)-1 >> 1) /* of these bits the larger are those of the larger number */
#define DIGITS (sizeof(NUMBER) == 4 ? FLT_MANT_DIG - 1 : DBL_MANT_DIG - 1)
#define LARGEST (NUMBER)(sizeof(NUMBER) == 4 ? FLT_MAX : DBL_MAX)
#define SMALLEST (NUMBER)(sizeof(NUMBER) == 4 ? FLT_MIN / FLT_EPSILON : DBL_MIN / DBL_EPSILON)
#define LOAD(place) (*(const Loose *)(place))
#define STORE(place, vector) (*(Loose *)(place) = (vector))

/* Where sums and products are, and how far apart those of two places of a tile, and of two rows.
   `singles` are cells of single tiles, `plane` cells as they are, `halves` split, `rows` summed. */
typedef struct {
    NUMBER *cells, *products, *weights, *singles, *plane, *halves, *rows;
    Size c_apart, p_apart, w_apart, c_row, p_row, w_row, in_order, *reads;
} Memory;

/* `otherwise` is the layer for `direct`. `begin` are the places of the first arrays of `memory`, in
   which `at_once` output channels have products, a multiple of ROWS. With `keeps` the sums of all
   weights are kept, for several boxes, else those of so many channels. `step` of the axes are the
   outputs of a box. */
typedef struct {
    void (*direct)(const Layer *, const NUMBER *, const NUMBER *, NUMBER *, NUMBER *, Size *);
    const Layer *otherwise;
    Size at_once, keeps, begin[7];
    Size c_apart, p_apart, w_apart, c_row, p_row, w_row, in_order;
    Layer layer;
} Winograd;

/* How the tiles of a box lie: for each remainder of the dilation `down` rows of tiles, each of
   `across` tiles. Tile j*far + r has the outputs (2*j)*far + r and (2*j + 1)*far + r of two rows.
   `half` is the cells of a row in each of the two halves that `split` makes. */
typedef struct {
    Size first[3], count[3], apart, far, down, across, half, tiles, planes;
} Grid;

INLINE Size halves(Size count, Size apart) { return (quotient(count, apart) + 1) / 2; }

static Grid grid_of(const Axis *axes, const Size *first)
{
    Grid grid = {.apart = axes[1].dilation, .far = axes[2].dilation};
    for (int d = 0; d < 3; d++) {
        grid.first[d] = first[d];
        grid.count[d] = least(axes[d].step, axes[d].outputs - first[d]);
    }
    grid.down = halves(grid.count[1], grid.apart);
    grid.across = halves(grid.count[2], grid.far) * grid.far;
    grid.half = grid.across + grid.far;
    grid.tiles = grid.apart * grid.down * grid.across;
    grid.planes = grid.count[0] + (axes->kernel - 1) * axes->dilation;
    return grid;
}

/* Lane l of a vector of weights is that of channel 9*l % LANES: see `taps_in_a_run`. */
static void places_of_cells(const Layer *layer, const Grid *grid, const Memory *memory)
{
    const Size taps = layer->axes->kernel, count = least(layer->block, layer->channels) * taps;
    for (Size k = 0; k < count; k++) {
        const Size n = memory->in_order ? k : k - k % LANES + TAPS * k % LANES;
        memory->reads[k] = n / taps * memory->c_row;
        memory->reads[k] += n % taps * layer->axes->dilation * grid->tiles;
    }
}

/* The taps of a vector of channels whose weights lie in a run: number i of the run, which is tap
   i % 9 of channel i / 9, lies in lane i % LANES of a vector. Of the vectors that begin k numbers
   later each has other lanes of tap k, so that these are put together without moving any. */
INLINE void taps_in_a_run(const NUMBER *weight, const Lanes *of_vector, Lanes *taps)
{
    UNROLL for (int k = 0; k < TAPS; k++) {
        taps[k] = (Lanes){0};
        UNROLL for (int v = 0; v < TAPS; v++)
            taps[k] |= (Lanes)LOAD(weight + k + v * LANES) & of_vector[v];
    }
}

/* The taps of `count` channels, the n-th and those after it, wherever they lie. */
static void taps_of(const Layer *layer, const NUMBER *weight, Size n, Size count, int in_order,
                    Lanes *taps)
{
    const Axis *axes = layer->axes;
    NUMBER lanes[TAPS][LANES];
    memset(lanes, 0, sizeof lanes);
    for (Size i = 0; i < count; i++) {
        const Size at = n + (in_order ? i : TAPS * i % LANES);
        const NUMBER *first = weight + at / axes->kernel * layer->w_channel;
        first += at % axes->kernel * axes->w_step;
        for (int k = 0; k < TAPS; k++)
            lanes[k][i] = first[k / 3 * axes[1].w_step + k % 3 * axes[2].w_step];
    }
    memcpy(taps, lanes, sizeof lanes);
}

/* G g G' of a vector of channels. */
INLINE void sum_taps(const Lanes *taps, NUMBER *to, Size apart)
{
    Vector g[TAPS], down[SIDE][3];
    memcpy(g, taps, sizeof g);
    UNROLL for (int k = 0; k < 3; k++) {
        const Vector edges = (g[k] + g[6 + k]) * (NUMBER)0.5, middle = g[3 + k] * (NUMBER)0.5;
        down[0][k] = g[k], down[1][k] = edges + middle;
        down[2][k] = edges - middle, down[3][k] = g[6 + k];
    }
    UNROLL for (int a = 0; a < SIDE; a++) {
        const Vector edges = (down[a][0] + down[a][2]) * (NUMBER)0.5;
        const Vector middle = down[a][1] * (NUMBER)0.5;
        NUMBER *place = to + SIDE * a * apart;
        STORE(place, down[a][0]), STORE(place + apart, edges + middle);
        STORE(place + 2 * apart, edges - middle), STORE(place + 3 * apart, down[a][2]);
    }
}

/* The largest magnitude of weights, or 0 if sums of their taps lose digits. */
static NUMBER largest_of(const Lanes *most)
{
    NUMBER largest;
    BITS high = 0, low = MAGNITUDE, of_tap = 0;
    for (int k = 0; k < TAPS; k++, of_tap = 0) {
        for (Size lane = 0; lane < LANES; lane++)
            of_tap = most[k][lane] > of_tap ? most[k][lane] : of_tap;
        high = of_tap > high ? of_tap : high;
        low = of_tap && of_tap < low ? of_tap : low;
    }
    memcpy(&largest, &high, sizeof largest);
    const int are_even = high < low || high - low <= (BITS)TAPS_RANGE << DIGITS;
    return are_even && largest >= SMALLEST && largest <= LARGEST / 8 ? largest : 0;
}

/* The sums of the weights of some output channels, and zeros for those that fill up the last tile;
   returns the largest magnitude, or 0 if sums lose digits. */
static NUMBER sums_of_weights(const Layer *layer, const NUMBER *weight, Size rows,
                              const Memory *memory)
{
    const Axis *axes = layer->axes;
    const Size many = memory->w_row, apart = memory->w_apart, filled = quotient(rows, ROWS) * ROWS;
    const int in_a_run = !memory->in_order && axes[2].w_step == 1 && axes[1].w_step == 3 &&
                         layer->w_row >= TAPS * many && /* what is read behind a row is there */
                         (axes->kernel == 1 || axes->w_step == TAPS) &&
                         (layer->channels == 1 || layer->w_channel == TAPS * axes->kernel);
    Lanes of_vector[TAPS], taps[TAPS], most[TAPS] = {{0}};
    for (Size i = 0; i < TAPS * LANES; i++)
        of_vector[i / LANES][i % LANES] = i % TAPS ? 0 : (BITS)-1;
    for (Size o = 0; o < rows; o++)
        for (Size n = 0; n < many; n += LANES) {
            if (in_a_run && (o + 1 < rows || n + LANES < many))
                taps_in_a_run(weight + o * layer->w_row + n * TAPS, of_vector, taps);
            else
                taps_of(layer, weight + o * layer->w_row, n, least(LANES, many - n),
                        memory->in_order, taps);
            sum_taps(taps, memory->weights + o * many + n, apart);
            UNROLL for (int k = 0; k < TAPS; k++) {
                const Lanes bits = taps[k] & MAGNITUDE, larger = (Lanes)(bits > most[k]);
                most[k] = (bits & larger) | (most[k] & ~larger);
            }
        }
    for (Size p = 0; p < PLACES; p++)
        for (Size i = rows * many; i < filled * many; i++)
            memory->weights[p * apart + i] = 0;
    return largest_of(most);
}

/* Whether half of some weights are zeros, whole numbers or binary fractions. */
static int look_exact(const Layer *layer, const NUMBER *weight)
{
    Size whole = 0, count = least(SAMPLE, layer->channels * layer->rows), rows = layer->rows;
    for (Size i = 0; i < count; i++) {
        const Size c = (i + i / rows) % layer->channels;
        const NUMBER units = weight[i % rows * layer->w_row + c * layer->w_channel] * WHOLE;
        whole += units > -(1 << 20) && units < 1 << 20 && units == (NUMBER)(int32_t)units;
    }
    return 2 * whole >= count;
}

/* The magnitudes of some cells of a box, and of the largest one. */
typedef struct {
    BITS most, some[CELLS];
    Size count, of_plane;
} Range;

static void look_at_plane(Range *range, const NUMBER *plane, Size count, Size number)
{
    const Bits *bits = (const Bits *)plane;
    const Size step = quotient(count, range->of_plane);
    BITS most = range->most;
    for (Size i = 0; i < count; i++)
        most = (bits[i] & MAGNITUDE) > most ? bits[i] & MAGNITUDE : most;
    range->most = most;
    for (Size i = number % step; i < count && range->count < CELLS; i += step)
        range->some[range->count++] = bits[i] & MAGNITUDE;
}

/* Whether few cells are much smaller than the largest one, and not nearly all are zeros. */
static int is_even(const Range *range)
{
    const BITS far = (BITS)CELLS_RANGE << DIGITS, from = range->most > far ? range->most - far : 0;
    Size some = 0, small = 0;
    for (Size i = 0; i < range->count; i++) {
        some += range->some[i] > 0;
        small += range->some[i] > 0 && range->some[i] < from;
    }
    return small <= some / SMALL && some > range->count / 8;
}

/* The cells of a plane, the first ones of tiles and the others apart. */
INLINE void split(const NUMBER *plane, Size count, Size far, NUMBER *even, NUMBER *odd)
{
    if (far == 1)
        for (Size i = 0; i < count; i++)
            even[i] = plane[2 * i], odd[i] = plane[2 * i + 1];
    else
        for (Size i = 0; i < count; i += far)
            copy(even + i, plane + 2 * i, far), copy(odd + i, plane + 2 * i + far, far);
}

/* B d of a row of tiles: of four rows of cells. */
INLINE void sum_rows(const NUMBER *d, Size count, NUMBER *to, Size pitch)
{
    const NUMBER *d1 = d + count, *d2 = d1 + count, *d3 = d2 + count;
    for (Size i = 0; i < count; i += LANES, to += LANES) {
        const Vector middle = LOAD(d1 + i), next = LOAD(d2 + i);
        STORE(to, LOAD(d + i) - next), STORE(to + pitch, middle + next);
        STORE(to + 2 * pitch, next - middle), STORE(to + 3 * pitch, middle - LOAD(d3 + i));
    }
}

/* B d B' of the tiles of a plane. */
static void sum_plane(const Grid *grid, const Memory *memory, NUMBER *to)
{
    const Size half = grid->half, pitch = half + LANES, apart = memory->c_apart, far = grid->far;
    const Size cells = grid->apart * 2 * (grid->down + 1) * half;
    NUMBER *even = memory->rows, *odd = even + SIDE * pitch;
    split(memory->plane, cells, far, memory->halves, memory->halves + cells);
    for (Size row = 0; row < grid->apart * grid->down; row++, to += grid->across) {
        const NUMBER *first = memory->halves + 2 * (row + row / grid->down) * half;
        sum_rows(first, half, even, pitch);
        sum_rows(first + cells, half, odd, pitch);
        for (Size j = 0; j < grid->across; j += LANES)
            UNROLL for (int a = 0; a < SIDE; a++) {
                const Vector d0 = LOAD(even + a * pitch + j), d1 = LOAD(odd + a * pitch + j);
                const Vector d2 = LOAD(even + a * pitch + j + far);
                NUMBER *place = to + SIDE * a * apart + j;
                STORE(place, d0 - d2), STORE(place + apart, d1 + d2);
                STORE(place + 2 * apart, d2 - d1);
                STORE(place + 3 * apart, d1 - LOAD(odd + a * pitch + j + far));
            }
    }
}

/* The sums of all cells of a box. */
static Range sums_of_cells(const Layer *layer, const Grid *grid, const NUMBER *x,
                           const Memory *memory)
{
    const Axis *outer = layer->axes;
    const Size rows = 2 * (grid->down + 1), none[2] = {0, 0}, one[2] = {1, 1};
    Axis axes[2] = {outer[1], outer[2]}; /* of one output, which reads all cells of the box */
    for (int d = 0; d < 2; d++)
        axes[d].before -= grid->first[1 + d], axes[d].dilation = axes[d].pitch = 1;
    axes[0].kernel = grid->apart * rows, axes[0].stride = grid->apart;
    axes[0].pitch = 2 * grid->half, axes[0].phase = rows * axes[0].pitch;
    axes[1].kernel = 2 * grid->half;
    const Row row = row_of(axes + 1, 0, 1, 0);
    Range range = {.of_plane = quotient(CELLS, layer->channels * grid->planes)};
    for (Size c = 0, fresh = 1; c < layer->channels; c++, x += layer->x_channel)
        for (Size z = 0; z < grid->planes; z++, fresh = 0) {
            const Size cell = grid->first[0] + z - outer->before;
            const int padding = cell < 0 || cell >= outer->cells;
            gather(axes, axes + 1, none, one, &row, padding ? NULL : x + cell * outer->in_step,
                   memory->plane, fresh || padding);
            look_at_plane(&range, memory->plane, axes[0].kernel * axes[1].kernel, c);
            sum_plane(grid, memory, memory->cells + c * memory->c_row + z * grid->tiles);
        }
    return range;
}

/* How many tiles are computed one by one. */
INLINE Size single(Size tiles, const Memory *memory)
{
    return !memory->in_order && tiles % LANES <= FEW ? tiles % LANES : 0;
}

/* The cells of single tiles in a run for each place, in the order of the weights. */
static void gather_singles(const Layer *layer, Size tiles, const Memory *memory)
{
    const Size block = layer->block * layer->axes->kernel, count = single(tiles, memory);
    NUMBER *to = memory->singles;
    for (Size p = 0; p < PLACES; p++)
        for (Size tile = tiles - count; tile < tiles; tile++) {
            const NUMBER *cells = memory->cells + p * memory->c_apart + tile;
            for (Size n = 0; n < memory->w_row; n += block, cells += layer->block * memory->c_row)
                for (Size k = 0; k < least(block, memory->w_row - n); k++)
                    *to++ = cells[memory->reads[k]];
        }
}

/* The products of a single tile, lane by lane of the channels. */
static void multiply_single(const NUMBER *weights, const NUMBER *cells, Size rows,
                            const Memory *memory, NUMBER *to)
{
    const Size many = memory->w_row;
    for (Size o = 0; o < rows; o += ROWS, weights += ROWS * many) {
        Vector sum[ROWS] = {{0}};
        for (Size n = 0; n < many; n += LANES)
            UNROLL for (int i = 0; i < ROWS; i++)
                sum[i] += LOAD(weights + i * many + n) * LOAD(cells + n);
        for (int i = 0; i < ROWS; i++, to += memory->p_row) {
            *to = 0;
            for (Size lane = 0; lane < LANES; lane++)
                *to += sum[i][lane];
        }
    }
}

/* The products of some vectors of tiles. */
#define MULTIPLY(columns)                                                                          \
    for (; lanes - v > ((columns)-1) * LANES; v += (columns)*LANES)                                \
        for (Size o = 0; o < rows; o += ROWS) {                                                    \
            run.weight = weights + o * memory->w_row;                                              \
            tile(ROWS, columns, &run, NULL, cells + v, at, to + v + o * row, at, row);             \
        }

/* For each place of a tile the product of the sums of some output channels and of the cells. */
static void multiply(const Layer *layer, const NUMBER *sums, Size rows, Size tiles,
                     const Memory *memory)
{
    const Layer product = {.taps = layer->axes->kernel, .block = layer->block,
                           .summed = layer->summed, .w_row = memory->w_row,
                           .w_channel = layer->axes->kernel, .plane = memory->c_row};
    const Size at[MOST_COLUMNS] = {0, LANES, 2 * LANES}, row = memory->p_row;
    const Size singles = single(tiles, memory), lanes = tiles - singles;
    for (Size p = 0; p < PLACES; p++) {
        Run run = {.layer = &product, .reads = memory->reads, .channels = layer->channels};
        const NUMBER *weights = sums + p * memory->w_apart;
        const NUMBER *cells = memory->cells + p * memory->c_apart;
        NUMBER *to = memory->products + p * memory->p_apart;
        Size v = 0; /* the first tile that is left */
        MULTIPLY(ACROSS)
        MULTIPLY(2)
        MULTIPLY(1)
        for (Size i = 0; i < singles; i++)
            multiply_single(weights, memory->singles + (p * singles + i) * memory->w_row, rows,
                            memory, to + lanes + i);
    }
}

/* A m A' of a row of tiles: rows 0 and 1 of the outputs, of each the first ones and the others. */
INLINE void outputs_of(const NUMBER *products, Size apart, Size across, NUMBER *outputs, Size pitch)
{
    for (Size j = 0; j < across; j += LANES) {
        Vector down[2][SIDE];
        UNROLL for (int b = 0; b < SIDE; b++) {
            const NUMBER *place = products + b * apart + j;
            const Vector m0 = LOAD(place), m1 = LOAD(place + SIDE * apart);
            const Vector m2 = LOAD(place + 2 * SIDE * apart), m3 = LOAD(place + 3 * SIDE * apart);
            down[0][b] = m0 + m1 + m2, down[1][b] = m1 - m2 - m3;
        }
        UNROLL for (int e = 0; e < 2; e++) {
            STORE(outputs + 2 * e * pitch + j, down[e][0] + down[e][1] + down[e][2]);
            STORE(outputs + (2 * e + 1) * pitch + j, down[e][1] - down[e][2] - down[e][3]);
        }
    }
}

/* The reverse of `split`. */
INLINE void join(const NUMBER *even, const NUMBER *odd, Size count, Size far, NUMBER *row)
{
    if (far == 1)
        for (Size j = 0; j < count; j++)
            row[2 * j] = even[j], row[2 * j + 1] = odd[j];
    else
        for (Size j = 0; j < count; j += far)
            copy(row + 2 * j, even + j, far), copy(row + 2 * j + far, odd + j, far);
}

/* The outputs of a plane of a box of an output channel. */
static void write_plane(const Layer *layer, const Grid *grid, const NUMBER *products,
                        const Memory *memory, NUMBER *out)
{
    const Axis *y = layer->axes + 1, *x = layer->axes + 2;
    const Size across = grid->across, pitch = across + LANES;
    NUMBER *outputs = memory->rows, *row = outputs + SIDE * pitch;
    for (Size r = 0; r < grid->apart * grid->down; r++, products += across) {
        outputs_of(products, memory->p_apart, across, outputs, pitch);
        for (int e = 0; e < 2; e++) {
            const Size at = (2 * (r % grid->down) + e) * grid->apart + r / grid->down;
            const Size count = at < grid->count[1] ? grid->count[2] : 0, step = x->out_step;
            const NUMBER *even = outputs + 2 * e * pitch;
            join(even, even + pitch, across, grid->far, row);
            if (step == 1)
                copy(out + at * y->out_step, row, count);
            for (Size i = 0; i < count && step != 1; i++)
                out[at * y->out_step + i * step] = row[i];
        }
    }
}

/* Whether no sum of `many` products overflows. */
static int are_small(Size many, NUMBER weights, BITS cells)
{
    NUMBER largest;
    memcpy(&largest, &cells, sizeof largest);
    return largest <= LARGEST / (64 * (NUMBER)many) / (weights > 1 ? weights : 1);
}

/* All outputs of a box; 0 if sums lose digits. `largest` is that of the weights that are kept. */
static int compute_box(const Winograd *winograd, const Size *first, const NUMBER *x,
                       const NUMBER *weight, NUMBER *out, const Memory *memory, NUMBER largest)
{
    const Layer *layer = &winograd->layer;
    const Grid grid = grid_of(layer->axes, first);
    const Size tiles = grid.count[0] * grid.tiles, step = layer->axes->out_step;
    places_of_cells(layer, &grid, memory);
    const Range range = sums_of_cells(layer, &grid, x, memory);
    gather_singles(layer, tiles, memory);
    for (int d = 0; d < 3; d++)
        out += first[d] * layer->axes[d].out_step;
    for (Size o = 0; o < layer->rows; o += winograd->at_once) {
        const Size rows = least(winograd->at_once, layer->rows - o);
        if (!winograd->keeps)
            largest = sums_of_weights(layer, weight + o * layer->w_row, rows, memory);
        if (largest == 0 || !is_even(&range) || !are_small(memory->w_row, largest, range.most))
            return 0;
        multiply(layer, memory->weights + (winograd->keeps ? o * memory->w_row : 0), rows, tiles,
                 memory);
        for (Size i = 0; i < rows; i++)
            for (Size z = 0; z < grid.count[0]; z++)
                write_plane(layer, &grid, memory->products + i * memory->p_row + z * grid.tiles,
                            memory, out + (o + i) * layer->out_row + z * step);
    }
    return 1;
}

/* All outputs of a group; 0 if sums lose digits. */
static int compute_group(const Winograd *winograd, const NUMBER *x, const NUMBER *weight,
                         NUMBER *out, const Memory *memory)
{
    const Layer *layer = &winograd->layer;
    const Axis *axes = layer->axes;
    NUMBER largest = 0;
    Size at[3];
    if (look_exact(layer, weight) ||
        (winograd->keeps && !(largest = sums_of_weights(layer, weight, layer->rows, memory))))
        return 0;
    for (Size n = 0; n < layer->images; n++, x += layer->x_image, out += layer->out_image)
        for (at[0] = 0; at[0] < axes[0].outputs; at[0] += axes[0].step)
            for (at[1] = 0; at[1] < axes[1].outputs; at[1] += axes[1].step)
                for (at[2] = 0; at[2] < axes[2].outputs; at[2] += axes[2].step)
                    if (!compute_box(winograd, at, x, weight, out, memory, largest))
                        return 0;
    return 1;
}

/* The layer. `numbers` and `sizes` hold what `begin` and `reads` say, or what `direct` takes. */
EXPORTED void WINOGRAD(const Winograd *winograd, const NUMBER *x, const NUMBER *weight, NUMBER *out,
                       NUMBER *numbers, Size *sizes)
{
    const Layer *layer = &winograd->layer;
    const Size *at = winograd->begin;
    const Memory memory = {
        numbers + at[0], numbers + at[1], numbers + at[2], numbers + at[3], numbers + at[4],
        numbers + at[5], numbers + at[6], winograd->c_apart, winograd->p_apart, winograd->w_apart,
        winograd->c_row, winograd->p_row, winograd->w_row, winograd->in_order, sizes};
    for (Size g = 0; g < layer->groups; g++)
        if (!compute_group(winograd, x + g * layer->x_group, weight + g * layer->w_group,
                           out + g * layer->out_group, &memory))
            return winograd->direct(winograd->otherwise, x, weight, out, numbers, sizes);
}
#endif
