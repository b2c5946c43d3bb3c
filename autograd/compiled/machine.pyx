"""The compiled machine: the same as `numpy_machine.Machine`, in C (machine.h)."""
from cpython cimport array
from cpython.list cimport PyList_GET_ITEM
from cpython.object cimport PyObject, PyTypeObject
from cpython.buffer cimport PyBUF_FORMAT, PyBUF_ND, PyBUF_WRITABLE, PyBuffer_Release, PyObject_GetBuffer
from libc.stdint cimport int32_t, uintptr_t
from libc.stdlib cimport free, malloc
from libc.string cimport memcpy, memset

from autograd.compiled.value cimport Value

import array
import os
from functools import partial

cdef extern from "machine.h":
    ctypedef struct work:
        const int32_t *code
        long length
        double *registers
        double *table
        long width
        const double *rows
        long n_inputs
        double *values
        double *sums
        long n_values
    ctypedef struct loops_of_a_width "struct loops":
        int bytes
        void run_table(const work *w) noexcept nogil
        void adam(double *w, const double *g, double *m, double *v, long n, double lr, double beta1, double beta2,
                  double correction1, double correction2, double eps, double decay, double shrink) noexcept nogil
    enum: BLOCK, LANES, LEVELS
    const loops_of_a_width LOOPS[3]
    const loops_of_a_width *loops
    int count_widths()
    void run_blocks(work w, long n_rows, long n_sums, double *scratch, double *sums) nogil
    void push(double *levels, long n, long number, const double *sums) nogil
    void pop_all(const double *levels, long n, long number, double *sums) nogil
    void gather(double **source, long n, double *to) nogil
    void scatter_add(const double *table, const int32_t *source, long n, double **to) nogil

VECTORS = tuple([LOOPS[i].bytes for i in range(count_widths())])  # the widths, in bytes, that this CPU supports


def use_vectors(width):
    """Run all programs with vectors of this many bytes from now on."""
    global loops
    widths = [str(bytes) for bytes in VECTORS]
    if str(width) not in widths:
        raise ValueError(f"STEPGRAD_VECTORS: this CPU has vectors of {', '.join(widths)} bytes, got {width!r}")
    loops = &LOOPS[widths.index(str(width))]


def vectors():
    """Return the width, in bytes, of the vectors in use."""
    return loops.bytes


use_vectors(os.environ.get("STEPGRAD_VECTORS") or VECTORS[-1])  # a narrower one, for tests

cdef enum: CHUNK_BLOCKS = 64  # blocks that one thread takes at a time; their sums are added first, so the order of additions is fixed
cdef long CHUNK = CHUNK_BLOCKS * BLOCK
cdef object pool = None
cdef int pool_of = 0  # the process that made the pool: a forked child needs its own


cdef long width_of(long n) noexcept nogil:
    """The numbers of a register for n rows: whole vectors, and an odd number of cache lines, because the same place of many
    registers would otherwise share a few lines of the cache."""
    return (min(<long> BLOCK, n) + LANES - 1) // LANES * LANES | LANES


cdef object threads_of(int n):
    global pool, pool_of
    if pool is None or pool_of != os.getpid():
        from concurrent.futures import ThreadPoolExecutor

        pool, pool_of = ThreadPoolExecutor(os.cpu_count() or 1, "autograd-program"), os.getpid()
    return pool


cdef class Machine:
    """Runs a plan in C."""

    cdef readonly object plan
    cdef tuple known  # the parameters that `data` and `grads` point into
    cdef double **data
    cdef double **grads
    cdef array.array prologue, body, epilogue, numbers, results, fixed
    cdef long n_registers, n_table, n_numbers, parameters, n_parameters, count, totals, n_totals, n_values, n_inputs, frequent
    cdef bint one_row
    cdef double *spare  # scratch memory that is not in use: new memory would have to be mapped at each run

    block = BLOCK

    def __init__(self, plan, n_inputs, one_row=False):
        self.plan, self.one_row = plan, one_row
        self.prologue, self.body, self.epilogue = plan.prologue, plan.body, plan.epilogue
        self.numbers, self.results, self.fixed = plan.table, plan.results, plan.fixed
        self.n_registers, self.n_table, self.n_numbers = plan.registers, len(plan.table), plan.parameters
        self.parameters, self.count = plan.parameters, plan.count
        self.n_parameters = plan.n_parameters - n_inputs if one_row else plan.n_parameters
        self.totals, self.n_totals, self.n_values, self.n_inputs = plan.totals, plan.n_totals, plan.n_rows, n_inputs
        self.frequent = plan.frequent

    def __dealloc__(self):
        free(self.data)
        free(self.grads)
        free(self.spare)

    cdef int know(self, tuple parameters) except -1:
        """Remember the addresses of the parameters' numbers, which do not move while the tuple holds the Values."""
        cdef Value p
        cdef long i
        if len(parameters) != self.n_parameters:
            raise ValueError(f"the plan is for {self.n_parameters} parameters, got {len(parameters)}")
        if self.data == NULL:
            self.data = <double **> malloc((self.n_parameters + 1) * sizeof(double *))
            self.grads = <double **> malloc((self.n_parameters + 1) * sizeof(double *))
            if self.data == NULL or self.grads == NULL:
                raise MemoryError()
        for i in range(self.n_parameters):
            p = <Value?> parameters[i]
            self.data[i], self.grads[i] = &p._data, &p._grad
        self.known = parameters
        return 0

    cdef void once(self, array.array code, double *table) noexcept nogil:
        cdef work w
        memset(&w, 0, sizeof(w))
        w.code, w.length = <const int32_t *> code.data.as_ints, code.ob_size
        w.registers = w.table = table
        w.width = 1
        loops.run_table(&w)

    cdef double *scratch(self, long n) except NULL:
        """Return memory for a chunk of n rows, after its size as the first number; `put_back` takes it back."""
        cdef double *scratch = self.spare
        cdef long room = self.n_registers * width_of(n) + (0 if n <= BLOCK else (LEVELS + 1) * self.n_totals) + 9
        self.spare = NULL
        if scratch == NULL or scratch[0] < room:
            free(scratch)
            scratch = <double *> malloc((room + 1) * sizeof(double))
            if scratch == NULL:
                raise MemoryError()
            scratch[0] = room
        return scratch

    cdef void put_back(self, double *scratch):
        free(self.spare)
        self.spare = scratch

    cdef void chunk(self, const double *rows, long n, double *table, double *values, double *sums, double *memory) noexcept nogil:
        """Run the body on n rows, in memory from `scratch`."""
        cdef work w
        cdef double *scratch = memory + 1
        cdef long levels = 0 if n <= BLOCK else (LEVELS + 1) * self.n_totals, i
        w.code, w.length = <const int32_t *> self.body.data.as_ints, self.body.ob_size
        # aligned to a cache line: a vector that crosses one takes two loads (a quarter of the time of the moons step)
        w.registers = <double *> ((<uintptr_t> (scratch + levels) + 63) & ~<uintptr_t> 63)
        w.table, w.width = table, width_of(n)
        w.rows, w.n_inputs, w.values, w.n_values = rows, self.n_inputs, values, self.n_values
        if self.frequent >= 0:
            for i in range(self.n_values):
                values[i] = table[self.frequent]
            for i in range(0, self.fixed.ob_size, 2):
                values[self.fixed.data.as_ints[i]] = table[self.fixed.data.as_ints[i + 1]]
            for i in range(1, n):
                memcpy(values + i * self.n_values, values, self.n_values * sizeof(double))
        if w.length:
            run_blocks(w, n, self.n_totals, scratch, sums)

    def share(self, long long rows, long n, long long table, long long values, long long sums, long shares, long first):
        """Run every chunk first, first + shares, ... of the rows, in a thread. The arrays are passed as addresses."""
        cdef const double *r = <const double *> rows
        cdef double *v = <double *> values
        cdef double *s = <double *> sums
        cdef double *t = <double *> table
        cdef double *scratch = self.scratch(min(CHUNK, n))
        cdef long k = first, row
        with nogil:
            while k * CHUNK < n:
                row = k * CHUNK
                self.chunk(r + row * self.n_inputs, min(CHUNK, n - row), t, v + row * self.n_values, s + k * self.n_totals, scratch)
                k += shares
        self.put_back(scratch)

    cdef int everything(self, const double *rows, long n, double *table, double *values, int threads) except -1:
        """Run the prologue, the body on all rows, and the epilogue. `table` already holds the parameters."""
        cdef long chunks = (n + CHUNK - 1) // CHUNK, k
        cdef double *sums
        cdef double *scratch
        cdef array.array levels, partial_sums
        memcpy(table, self.numbers.data.as_doubles, self.n_numbers * sizeof(double))
        table[self.count] = n
        if self.one_row:
            memcpy(table + self.parameters + self.n_parameters, rows, self.n_inputs * sizeof(double))
        if chunks <= 1:
            scratch = self.scratch(n)
            with nogil:
                self.once(self.prologue, table)
                if n:
                    self.chunk(rows, n, table, values, table + self.totals, scratch)
                else:
                    memset(table + self.totals, 0, self.n_totals * sizeof(double))
                self.once(self.epilogue, table)
            self.put_back(scratch)
            return 0
        partial_sums = array.array("d", bytes(8 * max(1, chunks * self.n_totals)))
        levels = array.array("d", bytes(8 * (LEVELS * self.n_totals + 1)))
        sums = partial_sums.data.as_doubles
        self.once(self.prologue, table)
        shares = max(1, min(threads, os.cpu_count() or 1, chunks))
        share = partial(self.share, <long long> rows, n, <long long> table, <long long> values, <long long> sums, shares)
        if shares > 1:
            list(threads_of(shares).map(share, range(shares)))
        else:
            share(0)
        for k in range(chunks):
            push(levels.data.as_doubles, self.n_totals, k, sums + k * self.n_totals)
        pop_all(levels.data.as_doubles, self.n_totals, chunks, table + self.totals)
        self.once(self.epilogue, table)
        return 0

    def run(self, rows, parameters, values, results, int threads):
        """Fill the arrays `values` (n, n_rows) and, if wanted, `results` from `rows` (n, n_inputs) and the parameters'
        numbers, None if there are none."""
        cdef const double[:, ::1] r = rows
        cdef const double[::1] p = parameters
        cdef double[:, ::1] v = values
        cdef double[::1] out = results
        cdef array.array table = array.clone(self.numbers, self.n_table, False)
        cdef double *t = table.data.as_doubles
        cdef long i, n = r.shape[0]
        for i in range(self.n_parameters):
            t[self.parameters + i] = p[i]
        self.everything(&r[0, 0] if r.size else NULL, n, t, &v[0, 0] if v.size else NULL, threads)
        for i in range(0 if out is None else out.shape[0]):
            out[i] = t[self.results.data.as_ints[i]]

    def backward(self, rows, tuple parameters, values, int threads):
        """Return the mean loss over the rows, and add its gradient to the parameters' `grad`. Return None if `rows` is not
        an (n, n_inputs) array of float64 in C order with n > 0. values: None, or an array (n, n_rows) to fill."""
        cdef Py_buffer view
        cdef array.array table
        cdef double *t
        cdef const int *results = self.results.data.as_ints
        cdef double[:, ::1] v = values
        if parameters is not self.known:
            self.know(parameters)
        try:
            PyObject_GetBuffer(rows, &view, PyBUF_FORMAT | PyBUF_ND)
        except (BufferError, TypeError, ValueError):
            return None
        try:
            if view.ndim != 2 or view.format[0] != b"d" or view.format[1] != 0 or view.shape[1] != self.n_inputs:
                return None
            if view.shape[0] == 0:
                return None
            table = array.clone(self.numbers, self.n_table, False)
            t = table.data.as_doubles
            gather(self.data, self.n_parameters, t + self.parameters)
            self.everything(<const double *> view.buf, view.shape[0], t, &v[0, 0] if v is not None and v.size else NULL, threads)
            scatter_add(t, <const int32_t *> results + 1, self.n_parameters, self.grads)
            return t[results[0]]
        finally:
            PyBuffer_Release(&view)


def adam(list parameters, double[::1] m, double[::1] v, double lr, double beta1, double beta2, long steps, double eps,
         double decay, double shrink):
    """Update the parameters as `nn.Adam.update` does, and the running means m and v. Return True."""
    cdef long n = len(parameters), first, some, i
    cdef double correction1 = 1.0 / (1.0 - beta1**steps), correction2 = 1.0 / (1.0 - beta2**steps)
    cdef double w[BLOCK]
    cdef double g[BLOCK]
    cdef PyObject *p  # counting references would take longer than the update
    if m.shape[0] != n or v.shape[0] != n:
        raise ValueError(f"{n} parameters need running means of as many numbers, got {m.shape[0]} and {v.shape[0]}")
    for i in range(n):  # so that an error leaves all as they were
        if PyList_GET_ITEM(parameters, i).ob_type != <PyTypeObject *> Value:
            raise TypeError(f"a parameter must be a Value, got {parameters[i]!r}")
    for first in range(0, n, BLOCK):  # their Values are then still in the cache
        some = min(<long> BLOCK, n - first)
        for i in range(some):
            p = PyList_GET_ITEM(parameters, first + i)
            w[i], g[i] = (<Value> p)._data, (<Value> p)._grad
        loops.adam(w, g, &m[first], &v[first], some, lr, beta1, beta2, correction1, correction2, eps, decay, shrink)
        for i in range(some):
            (<Value> PyList_GET_ITEM(parameters, first + i))._data = w[i]
    return True
