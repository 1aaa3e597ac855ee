/* A convolution whose weights lie far apart, as those of a transposed layer's phase do: they are
   copied into a run first. Compiled behind kernel.c, in one unit, for each instruction set and
   number type; PACKED is the name of the function.

   Some output channels at a time are copied into the memory of the thread, and computed: a thread
   copies what it reads, where no other thread waits for it. */

/* The numbers before the copies in `cells`, the output channels of each group that are copied
   together, and how weights lie where they are copied from. `layer` says how the copies lie, and may
   have other axes of one tap. */
typedef struct {
    Size at, rows, w_group, w_row, w_channel, rank, kernel[MOST_AXES], w_step[MOST_AXES];
    Layer layer;
} Packed;

enum { TOGETHER = 8 }; /* channels that are read one after another: a line of copies is whole */

/* Copies `rows` output channels of each group, whose taps are `reads` behind the first one. */
static void pack(const Packed *packed, Size rows, const NUMBER *weight, NUMBER *to,
                 const Size *reads)
{
    const Layer *layer = &packed->layer;
    const Size taps = layer->taps, channels = layer->channels;
    for (Size g = 0; g < layer->groups; g++, weight += packed->w_group, to += layer->w_group)
        for (Size first = 0; first < channels; first += TOGETHER)
            for (Size o = 0; o < rows; o++)
                for (Size c = first; c < least(first + TOGETHER, channels); c++) {
                    const NUMBER *from = weight + o * packed->w_row + c * packed->w_channel;
                    NUMBER *copies = to + o * layer->w_row + c * taps;
                    for (Size k = 0; k < taps; k++)
                        copies[k] = from[reads[k]];
                }
}

/* Where the taps of a kernel lie, in the order in which they are copied. */
static void places_of_weights(const Packed *packed, Size *reads)
{
    Size tap[MOST_AXES] = {0}, k = 0;
    do {
        reads[k] = 0;
        for (Size d = 0; d < packed->rank; d++)
            reads[k] += tap[d] * packed->w_step[d];
        k++;
    } while (next(tap, packed->kernel, packed->rank));
}

/* The layer, as NAME computes it: `cells` holds the copies behind what that takes. */
EXPORTED void PACKED(const Packed *packed, const NUMBER *x, const NUMBER *weight, NUMBER *out,
                     NUMBER *cells, Size *reads)
{
    Layer some;
    memcpy(&some, &packed->layer, offsetof(Layer, axes) + packed->layer.rank * sizeof(Axis));
    for (Size o = 0; o < packed->layer.rows; o += packed->rows) {
        some.rows = least(packed->rows, packed->layer.rows - o);
        places_of_weights(packed, reads);
        pack(packed, some.rows, weight + o * packed->w_row, cells + packed->at, reads);
        NAME(&some, x, cells + packed->at, out + o * some.out_row, cells, reads);
    }
}
