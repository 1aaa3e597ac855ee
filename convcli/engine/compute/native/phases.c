/* A transposed layer as a convolution for each phase of its stride: beside kernel.c, in one unit
   for each instruction set and number type.

   PACKED copies the weights of some output channels, whose taps fall to phases, into a run for each
   phase. INTERLEAVED computes the phases of the last axis, each into memory of the thread, and
   writes their outputs in turn: whole lines of memory, which no other thread writes meanwhile. */

/* A tap lies `from` numbers behind the first one of its kernel; kernel i has its copy at
   `at` + i*`step`. */
typedef struct {
    Size from, at, step;
} Tap;

/* The output channels `first` to `until`, counted through groups of `rows`. */
typedef struct {
    Size first, until, rows, channels, taps, w_group, w_row, w_channel;
    Tap tap[];
} Weights;

enum { TOGETHER = 8 }; /* input channels whose copies follow one another: they fill lines */

EXPORTED void PACKED(const Weights *weights, const NUMBER *x, const NUMBER *from, NUMBER *to,
                     NUMBER *cells, Size *reads)
{
    (void)x, (void)cells, (void)reads;
    const Size channels = weights->channels, step = weights->w_channel;
    for (Size block = 0; block < channels; block += TOGETHER)
        for (Size row = weights->first; row < weights->until; row++) {
            const Size count = least(TOGETHER, channels - block);
            const NUMBER *kernels = from + row / weights->rows * weights->w_group +
                                    row % weights->rows * weights->w_row + block * step;
            for (const Tap *tap = weights->tap; tap < weights->tap + weights->taps; tap++) {
                const NUMBER *read = kernels + tap->from;
                NUMBER *copies = to + tap->at + (row * channels + block) * tap->step;
                for (Size c = 0; c < count; c++)
                    copies[c * tap->step] = read[c * step];
            }
        }
}

/* A phase: the function NAME of some instruction set and its layer, how far its arrays begin behind
   those of the call, the place of its outputs in `cells`, and how many there are in a row. */
typedef struct {
    void (*compute)(const Layer *, const NUMBER *, const NUMBER *, NUMBER *, NUMBER *, Size *);
    const Layer *layer;
    Size x, weight, at, count;
} Phase;

enum { MOST_PHASES = 16, MOST_OUTER = MOST_AXES + 2 }; /* images, groups, channels, outer axes */

/* `outer` axes of the output, with their sizes and steps, around rows of `phases` phases. */
typedef struct {
    Size phases, outer, sizes[MOST_OUTER], steps[MOST_OUTER];
    Phase phase[];
} Interleaved;

/* The outputs of a row, those of `many` phases in turn; the first phases may have one more. */
INLINE void interleave(const Size many, const Phase *phases, const NUMBER *const *from, NUMBER *to)
{
    const Size whole = phases[many - 1].count;
    for (Size j = 0; j < whole; j++)
        for (Size phase = 0; phase < many; phase++)
            to[j * many + phase] = from[phase][j];
    for (Size phase = 0; phase < many && phases[phase].count > whole; phase++)
        to[whole * many + phase] = from[phase][whole];
}

/* The same for two phases, which compilers make vectors of. */
INLINE void interleave_two(const Phase *phases, const NUMBER *restrict even,
                           const NUMBER *restrict odd, NUMBER *restrict to)
{
    const Size whole = phases[1].count;
    for (Size j = 0; j < whole; j++)
        to[2 * j] = even[j], to[2 * j + 1] = odd[j];
    if (phases[0].count > whole)
        to[2 * whole] = even[whole];
}

EXPORTED void INTERLEAVED(const Interleaved *all, const NUMBER *x, const NUMBER *weight,
                          NUMBER *out, NUMBER *cells, Size *reads)
{
    const Phase *phases = all->phase;
    for (const Phase *phase = phases; phase < phases + all->phases; phase++)
        phase->compute(phase->layer, x + phase->x, weight + phase->weight, cells + phase->at,
                       cells, reads);
    Size index[MOST_OUTER] = {0}, row = 0;
    do {
        const NUMBER *from[MOST_PHASES];
        NUMBER *to = out;
        for (Size d = 0; d < all->outer; d++)
            to += index[d] * all->steps[d];
        for (Size phase = 0; phase < all->phases; phase++)
            from[phase] = cells + phases[phase].at + row * phases[phase].count;
        if (all->phases == 2)
            interleave_two(phases, from[0], from[1], to);
        else
            interleave(all->phases, phases, from, to);
        row++;
    } while (next(index, all->sizes, all->outer));
}
