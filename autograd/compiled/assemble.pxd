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
    cdef int[::1] starts, operands, at, ranks, sums, left
    cdef Column free, body, fixed, layer, row
    cdef dict blocks, outputs

    @cython.locals(v=int, i=int, x=int)
    cdef void rank(self)
    @cython.locals(v=int, x=int, y=int)
    cdef void merge(self)
    @cython.locals(v=int, k=int)
    cdef void lay_table(self)
    @cython.locals(v=int, i=int, x=int, op=int, depth="int[::1]", late="unsigned char[::1]", found=list)
    cdef void once(self)
    @cython.locals(out=Column, v=int, first_free=int, order=list, level=list)
    cdef object in_table(self, list levels)
    @cython.locals(start=int, stop=int, first=int, second=int)
    cdef tuple key(self, int v)
    @cython.locals(k=int, v=int, length=int, kinds=int, i=int, layer=Column)
    cdef void runs(self, Column out, list order)
    cdef int distance(self, int v, int w, int i)
    @cython.locals(v=int, w=int, u=int, count=int, length=int, i=int, step=int, expected=int, moved=bint, same=bint)
    cdef int run(self, list order, int k)
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
