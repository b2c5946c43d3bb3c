/* The loops over rows, with vectors of BYTES bytes: machine.h includes this once for each width. */
#define PASTE(name, bytes) name##_##bytes
#define NAMED(name, bytes) PASTE(name, bytes)
#define vector NAMED(vector, BYTES)
#define in_memory NAMED(in_memory, BYTES)
#define mask NAMED(mask, BYTES)
#define lanes NAMED(lanes, BYTES)
#define at_ NAMED(at, BYTES)
#define put NAMED(put, BYTES)
#define each NAMED(each, BYTES)
#define plus NAMED(plus, BYTES)
#define times NAMED(times, BYTES)
#define plus_product NAMED(plus_product, BYTES)
#define only NAMED(only, BYTES)
#define sum_of NAMED(sum_of, BYTES)
#define dot_of_some NAMED(dot_of_some, BYTES)
#define dot NAMED(dot, BYTES)
#define some_totals NAMED(some_totals, BYTES)
#define total_products NAMED(total_products, BYTES)
#define total NAMED(total, BYTES)
#define interpret NAMED(interpret, BYTES)
#define PARTS (LANES * 8 / BYTES)
#define UNROLLED _Pragma("GCC unroll 4")
#define EACH_PART UNROLLED for (int p = 0; p < PARTS; p++)

/* Eight numbers, in as many vectors as they need: sums are then added in the same order at each width. */
typedef double vector __attribute__((vector_size(BYTES)));
typedef int64_t mask __attribute__((vector_size(BYTES)));
typedef double in_memory __attribute__((vector_size(BYTES), aligned(8), may_alias));
typedef struct { vector part[PARTS]; } lanes;

INLINE lanes at_(const double *column) {
    lanes v;
    EACH_PART v.part[p] = ((const in_memory *)column)[p];
    return v;
}
INLINE void put(lanes v, double *column) { EACH_PART ((in_memory *)column)[p] = v.part[p]; }
INLINE lanes each(double x) {
    lanes v;
    EACH_PART v.part[p] = (vector){0} + x;
    return v;
}
INLINE lanes plus(lanes x, lanes y) {
    EACH_PART x.part[p] += y.part[p];
    return x;
}
INLINE lanes times(lanes x, lanes y) {
    EACH_PART x.part[p] *= y.part[p];
    return x;
}
INLINE lanes plus_product(lanes s, lanes x, lanes y) {
    EACH_PART s.part[p] += x.part[p] * y.part[p];
    return s;
}
INLINE double sum_of(lanes v) {
    double s[LANES];
    put(v, s);
    return ((s[0] + s[4]) + (s[2] + s[6])) + ((s[1] + s[5]) + (s[3] + s[7]));
}

INLINE lanes only(lanes v, const int64_t *present) { /* v where `present` is -1, else 0 */
    EACH_PART {
        mask here;
        memcpy(&here, present + p * (LANES / PARTS), BYTES);
        v.part[p] = (vector)((mask)v.part[p] & here);
    }
    return v;
}

/* a1 * b1 + a2 * b2 + ... + c for `count` times LANES rows from row i on. */
INLINE void dot_of_some(const int32_t *at, const double *registers, const double *table, long width, double *out, long i,
                        const int count, const int a_column, const int c_column) {
    lanes s[AT_ONCE];
    UNROLLED for (int j = 0; j < count; j++)
        s[j] = c_column ? at_(registers + at[3] * width + i + j * LANES) : each(table[at[3]]);
    for (const int32_t *pair = at + 4, *const end = pair + 2 * at[2]; pair < end; pair += 2) {
        const double *a = registers + pair[0] * width + i, *b = registers + pair[1] * width + i;
        const lanes number = each(a_column ? 0.0 : table[pair[0]]);
        UNROLLED for (int j = 0; j < count; j++)
            s[j] = plus_product(s[j], a_column ? at_(a + j * LANES) : number, at_(b + j * LANES));
    }
    UNROLLED for (int j = 0; j < count; j++)
        put(s[j], out + i + j * LANES);
}

INLINE void dot(const int32_t *at, const double *registers, const double *table, long width, double *out, long n,
                const int a_column, const int c_column) {
    long i = 0;
    for (; i + AT_ONCE * LANES <= n; i += AT_ONCE * LANES)
        dot_of_some(at, registers, table, width, out, i, AT_ONCE, a_column, c_column);
    for (; i < n; i += LANES)
        dot_of_some(at, registers, table, width, out, i, 1, a_column, c_column);
}

/* The sums over n rows of x * y, for `count` y. Rows beyond n, up to a multiple of LANES, are left out. */
INLINE void some_totals(const int32_t *pair, const double *x, const double *registers, long width, double *sums, long n,
                        const int64_t *present, const int count) {
    const double *y[AT_ONCE];
    lanes s[AT_ONCE];
    long i = 0;
    UNROLLED for (int j = 0; j < count; j++)
        y[j] = registers + pair[2 * j + 1] * width, s[j] = each(0.0);
    for (; i + LANES <= n; i += LANES) {
        const lanes v = at_(x + i);
        UNROLLED for (int j = 0; j < count; j++)
            s[j] = plus_product(s[j], v, at_(y[j] + i));
    }
    if (i < n) {
        const lanes v = at_(x + i);
        UNROLLED for (int j = 0; j < count; j++)
            s[j] = plus(s[j], only(times(v, at_(y[j] + i)), present));
    }
    UNROLLED for (int j = 0; j < count; j++)
        sums[pair[2 * j]] += sum_of(s[j]);
}

INLINE void total_products(const int32_t *at, const double *registers, long width, double *sums, long n, const int64_t *present) {
    const double *x = registers + at[2] * width;
    const int32_t *pair = at + 3, *const end = pair + 2 * at[1];
    for (; end - pair >= 2 * AT_ONCE; pair += 2 * AT_ONCE)
        some_totals(pair, x, registers, width, sums, n, present, AT_ONCE);
    for (; pair < end; pair += 2)
        some_totals(pair, x, registers, width, sums, n, present, 1);
}

INLINE double total(const double *x, long n, const int64_t *present) {
    lanes s = each(0.0);
    long i = 0;
    for (; i + LANES <= n; i += LANES)
        s = plus(s, at_(x + i));
    return sum_of(i < n ? plus(s, only(at_(x + i), present)) : s);
}

INLINE void interpret(const work *w, long n_rows, const int mode) {
    double *const registers = w->registers, *const table = w->table, *const sums = w->sums;
    const long width = mode == SINGLE || mode == RUNS ? 1 : w->width;
    long n = mode == SINGLE ? 1 : (n_rows + LANES - 1) / LANES * LANES;
    const int64_t *const present = PRESENT + LANES - n_rows % LANES;
    const int32_t *at = w->code, *const end = at + w->length;
    while (at < end) {
        if (mode == RUNS)
            n = *at++;
        switch (*at) {
        KERNELS
        DOT(0, 0) DOT(0, 1) DOT(1, 0) DOT(1, 1)
        case LOAD_1: { /* a column of the rows; the last row fills it up */
            double *out = COLUMN(1);
            const double *x = w->rows + at[2];
            for (long i = 0; i < n; i++)
                out[i] = x[(mode == SINGLE || i < n_rows ? i : n_rows - 1) * w->n_inputs];
            at += 3;
            break;
        }
        case STORE_0:
            for (long i = 0; i < n_rows; i++)
                w->values[i * w->n_values + at[1]] = NUMBER(2);
            at += 3;
            break;
        case STORE_1:
            for (long i = 0; i < n_rows; i++)
                w->values[i * w->n_values + at[1]] = COLUMN(2)[i];
            at += 3;
            break;
        case TOTAL_1:
            sums[at[1]] += mode == SINGLE ? *COLUMN(2) : total(COLUMN(2), n_rows, present);
            at += 3;
            break;
        case TOTAL_PRODUCT_11:
            if (mode == SINGLE)
                products_of_one(at, registers, sums);
            else
                total_products(at, registers, width, sums, n_rows, present);
            at += 3 + 2 * at[1];
            break;
        }
    }
}

static void NAMED(run_rows, BYTES)(const work *w, long n) {
    if (n == 1)
        interpret(w, 1, SINGLE);
    else
        interpret(w, n, ROWS);
}

static void NAMED(run_table, BYTES)(const work *w) { interpret(w, 1, RUNS); }

#undef PASTE
#undef NAMED
#undef vector
#undef in_memory
#undef mask
#undef lanes
#undef at_
#undef put
#undef each
#undef plus
#undef times
#undef plus_product
#undef only
#undef sum_of
#undef dot_of_some
#undef dot
#undef some_totals
#undef total_products
#undef total
#undef interpret
#undef PARTS
#undef UNROLLED
#undef EACH_PART
