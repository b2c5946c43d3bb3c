# The types of assemble.py.
cimport cython
from autograd.compiled.writer cimport Column

cdef int CONSTANT, PARAMETER, INPUT, COUNT, DOT, ADD, TOTAL, TOTAL_PRODUCT, LEAVES, LOAD, STORE, PRODUCTS, OUTER, MATMUL, MATMUL_ONTO
cdef int IRREGULAR
cdef int[::1] FLOPS
cdef short[::1] KERNEL


cdef class Assembly:
    cdef object code, plan
    cdef int n, totals
    cdef readonly int registers
    cdef readonly long flops
    cdef unsigned char[::1] codes, varies
    cdef int[::1] starts, operands, at, ranks, sums, left, spare
    cdef Column free, body, fixed, layer, row
    cdef dict blocks, outputs

    @cython.locals(v=int, i=int, x=int)
    cdef void rank(self)
    @cython.locals(v=int, x=int, y=int)
    cdef void merge(self)
    @cython.locals(v=int, k=int)
    cdef void lay_table(self)
    @cython.locals(v=int, i=int, x=int, op=int, depth="int[::1]", late="unsigned char[::1]", sizes=Column)
    cdef void once(self)
    @cython.locals(ends="int[::1]", order="int[::1]", k=int, v=int, n=int)
    cdef int[::1] by_level(self, int[::1] depth, unsigned char[::1] late, Column sizes, bint want_late)
    @cython.locals(out=Column, first_free=int, first=int, last=int, n=int, k=int)
    cdef object in_table(self, int[::1] order, int[::1] depth)
    @cython.locals(middle=int, k=int, left=int, right=int, to=int, spare="int[::1]")
    cdef void sort(self, int[::1] order, int first, int last)
    @cython.locals(i=int, x=int, y=int)
    cdef bint before(self, int v, int w)
    @cython.locals(k=int, v=int, length=int, kinds=int, i=int, layer=Column)
    cdef void runs(self, Column out, int[::1] order, int first, int last)
    cdef int distance(self, int v, int w, int i)
    @cython.locals(v=int, w=int, u=int, count=int, length=int, i=int, step=int, expected=int, moved=bint, same=bint)
    cdef int run(self, int[::1] order, int k, int last)
    @cython.locals(op=int, start=int, count=int, i=int, kernel=int, other=int, swap=bint)
    cdef void encode(self, Column out, int v, int target, int kinds)
    @cython.locals(start=int, stop=int, step=int, i=int)
    cdef int step(self, int v)
    @cython.locals(w=int, last=int, here=int, start=int, count=int, i=int, distance=int, step=int)
    cdef bint continues(self, Column layer, int v)
    @cython.locals(first=int, second=int)
    cdef int between(self, Column layer)
    @cython.locals(v=int, start=int, stop=int, i=int, k=int)
    cdef void matmul(self, Column out, Column layer)
    @cython.locals(v=int, op=int, k=int)
    cdef void on_rows(self, bint reuse)
    cdef void store(self, int v, bint reuse)
    @cython.locals(layer=Column, v=int, k=int, i=int)
    cdef void finish_layer(self, bint reuse)
    @cython.locals(v=int, first=int, count=int)
    cdef void load_inputs(self)
    cdef void load(self, int first, int count)
    @cython.locals(op=int, start=int, stop=int, kinds=int, i=int)
    cdef void on_row(self, int v, bint reuse)
    cdef int register(self)
    cdef void release(self, int x, bint reuse)
    @cython.locals(first=int, here=int, a=int, b=int, second=int, mine_a=bint, mine_b=bint)
    cdef int shared(self, Column group, int v)
    @cython.locals(row=Column, first=int, common=int, k=int, v=int, a=int, b=int, target=int, others=list, targets=list)
    cdef void finish_row(self)
    @cython.locals(first=int, last=int, rows=list)
    cdef void finish_blocks(self, bint reuse)
    cdef void outer(self, tuple others, list rows)
    cdef void finish_products(self, bint reuse)


@cython.locals(assembly=Assembly)
cpdef assemble(code, int n_parameters, bint reuse=*)
