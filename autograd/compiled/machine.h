/* The machine: runs machine code (assemble.py) on blocks of rows. Each instruction is a loop over the rows of a block. The
   loops (loops.h) are compiled for vectors of 16, 32 and 64 bytes; the widest ones that the CPU supports are used. */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "kernels_of_programs.h"

/* For a function whose numbers equal NumPy's to the bit: no fused a * b + c. UNFUSED begins its body. */
#ifdef __clang__
#define ROUNDED __attribute__((noinline))
#define UNFUSED _Pragma("clang fp contract(off)")
#else
#define ROUNDED __attribute__((noinline, optimize("fp-contract=off", "no-math-errno", "no-trapping-math")))
#define UNFUSED
#endif
#define INLINE static inline __attribute__((always_inline))

enum {
    BLOCK = 128, /* rows */
    LANES = 8, /* rows are padded to a multiple of this, and sums over them are kept in this many parts, at every vector width */
    AT_ONCE = 4, /* times LANES rows, or sums: keeps the CPU busy while an addition waits for the previous one */
    LEVELS = 56,
    GATHERED = 64, /* numbers */
};

/* Functions without branches, so that loops over them can be vectorised; accurate to 2 units in the last place. */

INLINE double of_bits(int64_t bits) { double x; memcpy(&x, &bits, 8); return x; }
INLINE int64_t bits_of(double x) { int64_t bits; memcpy(&bits, &x, 8); return bits; }

static const double SHIFT = 0x1.8p52; /* x + SHIFT has the nearest whole number to x in its low bits */

INLINE double power_of_two(double n_shifted) { return of_bits((int64_t)(((uint64_t)bits_of(n_shifted) + 1023) << 52)); }

/* exp(x) - 1 for x - n log 2, where n is the nearest whole number to x / log 2 (Cody, Waite 1980), and n + SHIFT */
INLINE double reduced(double x, double *n) {
    const double t = x * 0x1.71547652b82fep0 + SHIFT;
    *n = t - SHIFT;
    const double r = (x - *n * 0x1.62e42fee00000p-1) - *n * 0x1.a39ef35793c76p-33;
    const double q = 1.0 / 2 + r * (1.0 / 6 + r * (1.0 / 24 + r * (1.0 / 120 + r * (1.0 / 720 + r * (1.0 / 5040 + r * (1.0 / 40320
        + r * (1.0 / 362880 + r * (1.0 / 3628800 + r * (1.0 / 39916800 + r * (1.0 / 479001600 + r * (1.0 / 6227020800.0)))))))))));
    return r + r * r * q;
}

INLINE double fast_exp(double x) {
    double n;
    x = x > 711.0 ? 711.0 : x < -750.0 ? -750.0 : x;
    const double p = reduced(x, &n);
    const double half = n * 0.5 + SHIFT, other = (n - (half - SHIFT)) + SHIFT; /* two steps, so that 2^n may be denormal */
    return (1.0 + p) * power_of_two(half) * power_of_two(other);
}

INLINE double fast_expm1(double x) {
    double n;
    const double big = fast_exp(x) - 1.0, near = x > 38.0 ? 38.0 : x < -38.0 ? -38.0 : x;
    const double p = reduced(near, &n), scale = power_of_two(n + SHIFT);
    const double small = p * scale + (scale - 1.0);
    return x == 0.0 ? x : fabs(x) < 38.0 ? small : big;
}

INLINE double fast_log(double x) { /* x = 2^k (1 + f), sqrt(1/2) <= 1 + f < sqrt(2); the series is that of atanh */
    const int tiny = x < 0x1p-1022;
    const uint64_t one = bits_of(1.0), root = bits_of(0.70710678118654752440);
    const uint64_t shifted = (uint64_t)bits_of(tiny ? x * 0x1p54 : x) + (one - root);
    const double k = of_bits((shifted >> 52) | 0x4330000000000000) - (0x1p52 + 1023.0) - (tiny ? 54.0 : 0.0);
    const double f = of_bits((shifted & 0x000fffffffffffff) + root) - 1.0;
    const double s = f / (2.0 + f), z = s * s, half = 0.5 * f * f;
    const double series = z * (2.0 / 3 + z * (2.0 / 5 + z * (2.0 / 7 + z * (2.0 / 9 + z * (2.0 / 11 + z * (2.0 / 13
        + z * (2.0 / 15 + z * (2.0 / 17 + z * (2.0 / 19 + z * (2.0 / 21))))))))));
    const double y = k * 0x1.62e42fee00000p-1 - ((half - (s * (half + series) + k * 0x1.a39ef35793c76p-33)) - f);
    return x > 0.0 ? (x < INFINITY ? y : x) : x == 0.0 ? -INFINITY : NAN;
}

INLINE double fast_log1p(double x) {
    const double u = 1.0 + x, y = fast_log(u) + (x - (u - 1.0)) / u; /* the rounding of 1 + x, corrected to first order */
    return x == 0.0 || x == INFINITY ? x : x == -1.0 ? -INFINITY : y;
}

INLINE double fast_tanh(double x) {
    double n;
    const double a = fabs(x), p = reduced(2.0 * (a > 22.0 ? 22.0 : a), &n), scale = power_of_two(n + SHIFT);
    const double t = p * scale + (scale - 1.0); /* expm1(2 a), which cannot overflow here */
    return copysign(t / (t + 2.0), x);
}

typedef struct {
    const int32_t *code;
    long length;
    double *registers, *table; /* registers of `width` numbers each */
    long width;
    const double *rows; /* the first row of the block */
    long n_inputs;
    double *values, *sums; /* the values wanted for each row; the sums over the rows of the block, starting at 0 */
    long n_values;
} work;

/* The two ways to run code: on `n` rows, or on runs of neighbours in the table. */
enum { ROWS, RUNS };

INLINE double dot_of_one(const int32_t *at, const double *table) {
    const int32_t *pair = at + 4, *const end = pair + 2 * at[2];
    double s = table[at[3]], t = 0.0, u = 0.0, v = 0.0;
    for (; end - pair >= 8; pair += 8) { /* four sums, because each addition waits for the previous one */
        s += table[pair[0]] * table[pair[1]], t += table[pair[2]] * table[pair[3]];
        u += table[pair[4]] * table[pair[5]], v += table[pair[6]] * table[pair[7]];
    }
    for (; pair < end; pair += 2)
        s += table[pair[0]] * table[pair[1]];
    return (s + t) + (u + v);
}

typedef double pair_of __attribute__((vector_size(16)));
typedef double four_of __attribute__((vector_size(32)));

/* From LANES - n on: -1 for each of n rows, 0 for those that pad them. */
static const int64_t PRESENT[2 * LANES] = {-1, -1, -1, -1, -1, -1, -1, -1};

#define COLUMN(k) (registers + at[k] * width)
#define NUMBER(k) (table[at[k]])
#define EACH_ROW _Pragma("GCC ivdep") for (long i = 0; i < n; i++)
#define DOT(A, C) case DOT_##A##1##C: \
    if (mode == RUNS && n == 1) *COLUMN(1) = dot_of_one(at, table); \
    else if (mode == RUNS) dot_of_run(at, table, n, A, C); \
    else dot(at, registers, table, width, COLUMN(1), n, A, C); \
    at += 4 + 2 * at[2]; break;
#define MATMUL(C) case MATMUL_01##C: \
    if (mode == RUNS) matmul_of_one(at, table); \
    else matmul(at, registers, table, width, n, C); \
    at += 6 + at[2] + 2 * at[1]; break;

/* The sizes of the parts of products of matrices that stay in the CPU's registers. */
#define MATMUL_OUTPUTS (BYTES == 16 ? 2 : 4)
#define OUTER_XS (BYTES == 16 ? 1 : BYTES == 32 ? 2 : 4)
#define OUTER_YS (BYTES == 64 ? 4 : 2)

#define BYTES 16
#include "loops.h"
#undef BYTES
#if defined(__x86_64__) && defined(__linux__) && (defined(__clang__) || __GNUC__ >= 12) /* tried from this version on */
#define TEXT(...) #__VA_ARGS__
#ifdef __clang__
#define FOR_CPU(NAME) _Pragma(TEXT(clang attribute push(__attribute__((target(NAME))), apply_to = function)))
#define FOR_ANY_CPU _Pragma("clang attribute pop")
#else
#define FOR_CPU(NAME) _Pragma("GCC push_options") _Pragma(TEXT(GCC target(NAME)))
#define FOR_ANY_CPU _Pragma("GCC pop_options")
#endif
FOR_CPU("avx2,fma")
#define BYTES 32
#include "loops.h"
#undef BYTES
FOR_ANY_CPU
FOR_CPU("avx2,fma,avx512f,avx512bw,avx512dq,avx512vl")
#define BYTES 64
#include "loops.h"
#undef BYTES
FOR_ANY_CPU
#define WIDER , {32, run_rows_32, run_table_32, adam_32}, {64, run_rows_64, run_table_64, adam_64}
#define HAS __builtin_cpu_supports /* what the loops above were compiled for */
static int count_widths(void) {
    if (!HAS("avx2") || !HAS("fma"))
        return 1;
    return HAS("avx512f") && HAS("avx512bw") && HAS("avx512dq") && HAS("avx512vl") ? 3 : 2;
}
#else
#define WIDER
static int count_widths(void) { return 1; }
#endif

/* The loops for each width; this CPU supports the first count_widths() of them. */
static const struct loops {
    int bytes;
    void (*run_rows)(const work *w, long n);
    void (*run_table)(const work *w);
    void (*adam)(double *w, const double *g, double *m, double *v, long n, double lr, double beta1, double beta2, double correction1,
                 double correction2, double eps, double decay, double shrink);
} LOOPS[] = {{16, run_rows_16, run_table_16, adam_16} WIDER}, *loops = LOOPS; /* those in use */

/* Sums over many blocks, added pairwise. As in a binary counter, level k holds the sum of 2^k blocks if bit k of their
   number is set. `push` adds the sums of one more block, `pop_all` adds up all levels. */
static void push(double *levels, long n, long number, const double *sums) {
    long k = 0;
    if (n == 0)
        return;
    memcpy(levels + (LEVELS - 1) * n, sums, n * sizeof(double));
    double *carried = levels + (LEVELS - 1) * n;
    for (; number >> k & 1; k++)
        for (long i = 0; i < n; i++)
            carried[i] = levels[k * n + i] + carried[i];
    memcpy(levels + k * n, carried, n * sizeof(double));
}

static void pop_all(const double *levels, long n, long number, double *sums) {
    int first = 1;
    for (long k = 0; k < LEVELS - 1; k++)
        if (number >> k & 1) {
            for (long i = 0; i < n; i++)
                sums[i] = first ? levels[k * n + i] : levels[k * n + i] + sums[i];
            first = 0;
        }
}

/* Run the body on all rows of `w`, block by block, with room for registers, levels and the sums of a block in `scratch`;
   the sums over all rows go to `sums`. */
static void run_blocks(work w, long n_rows, long n_sums, double *scratch, double *sums) {
    double *levels = scratch, *const all = sums;
    if (n_rows <= BLOCK) {
        w.sums = all;
        memset(all, 0, n_sums * sizeof(double));
        loops->run_rows(&w, n_rows);
        return;
    }
    w.sums = scratch + LEVELS * n_sums;
    long number = 0;
    for (long i = 0; i < n_rows; i += BLOCK) {
        const long n = n_rows - i < BLOCK ? n_rows - i : BLOCK;
        memset(w.sums, 0, n_sums * sizeof(double));
        loops->run_rows(&w, n);
        push(levels, n_sums, number++, w.sums);
        w.rows += n * w.n_inputs;
        w.values += n * w.n_values;
    }
    pop_all(levels, n_sums, number, all);
}

/* Copy the numbers of Values into the table; and add numbers of the table to those of Values. */
static void gather(double *const *from, long n, double *to) {
    for (long i = 0; i < n; i++)
        to[i] = *from[i];
}

static void scatter_add(const double *table, const int32_t *from, long n, double *const *to) {
    for (long i = 0; i < n; i++)
        *to[i] += table[from[i]];
}
