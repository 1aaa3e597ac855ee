/* Threads that share the calls of kernel.c that a layer is made of.

   A thread that sleeps takes as long to wake as a small layer takes to compute. So helpers stay
   awake for a while after a layer, and look at a board: who computes a layer posts its calls there,
   and computes them beside its helpers. Each thread takes a call that nobody has taken. If no
   helper is awake, the caller computes all of them.

   The order of the calls does not matter: each computes other outputs. */

#include <stddef.h>
#include <stdint.h>
#ifdef _WIN32
#include <windows.h>
#define sched_yield SwitchToThread
#else
#include <sched.h>
#endif

typedef ptrdiff_t Size;
typedef void Kernel(const void *layer, const void *x, const void *weight, void *out, void *cells,
                    Size *reads);

/* A call, without the memory that it works in; and the memory of a thread. */
typedef struct {
    Kernel *kernel;
    const void *layer, *x, *weight;
    void *out;
} Call;
typedef struct {
    void *cells;
    Size *reads;
} Memory;

/* `state` holds the number of the layer, and the first and the end of its calls that nobody has
   taken, in 32, 16 and 16 bits. A call can be taken only while `state` is that of its layer, and
   what the board says of a layer stays until all of its calls are done. */
typedef struct {
    uint64_t state;
    Size done, awake, threads;
    const Call *calls;
    const Memory *memory;
} Board;

enum { SPINS = 1 << 10 }; /* looks at the board before a turn is left to other threads */

#define GET(place) __atomic_load_n(&(place), __ATOMIC_ACQUIRE)
#define SET(place, value) __atomic_store_n(&(place), value, __ATOMIC_RELEASE)
#define ADD(place, value) __atomic_add_fetch(&(place), value, __ATOMIC_ACQ_REL)

/* Some tens of nanoseconds, in which the other thread of a core has its resources. */
static void rest(void)
{
#if defined __x86_64__
    __builtin_ia32_pause();
#elif defined __aarch64__
    __asm__ volatile("isb");
#endif
}

/* Takes and computes a call: 0 if there was none for this thread. Every other thread begins at the
   end: two threads have the same calls in each layer of a shape, and their arrays in the cache. */
static int compute_one(Board *board, Size thread)
{
    uint64_t state = GET(board->state);
    const uint64_t first = state >> 16 & 0xffff, end = state & 0xffff;
    const int at_end = thread % 2;
    if (first == end || thread >= GET(board->threads))
        return 0;
    if (!__atomic_compare_exchange_n(&board->state, &state, at_end ? state - 1 : state + (1 << 16),
                                     0, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
        return 1; /* another thread was quicker: look again */
    const Call *call = GET(board->calls) + (at_end ? end - 1 : first);
    const Memory *memory = GET(board->memory) + thread;
    call->kernel(call->layer, call->x, call->weight, call->out, memory->cells, memory->reads);
    ADD(board->done, 1);
    return 1;
}

/* Computes calls of a layer, fewer than 2^16, on up to so many threads: the caller is the first. */
EXPORTED void convcli_share(Board *board, const Call *calls, Size count, const Memory *memory,
                            Size threads)
{
    SET(board->done, 0), SET(board->threads, threads);
    SET(board->calls, calls), SET(board->memory, memory);
    SET(board->state, ((GET(board->state) >> 32) + 1) << 32 | (uint64_t)count);
    while (compute_one(board, 0))
        ;
    for (Size looks = 1; GET(board->done) < count; looks++)
        looks % SPINS ? rest() : (void)sched_yield();
}

/* Computes calls beside those who post them, until there was none for so many looks. */
EXPORTED void convcli_help(Board *board, Size thread, Size looks)
{
    ADD(board->awake, 1);
    for (Size left = looks; left > 0;)
        if (compute_one(board, thread))
            left = looks;
        else
            rest(), left--;
    ADD(board->awake, -1);
}
