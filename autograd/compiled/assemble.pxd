# The types of assemble.py.
cimport cython
from autograd.compiled.writer cimport Column

cdef int CONSTANT, PARAMETER, INPUT, COUNT, DOT, ADD, TOTAL, TOTAL_PRODUCT, LEAVES, LOAD, STORE, STORE_ONE, PRODUCTS
cdef int[::1] FLOPS
cdef short[::1] KERNEL


cdef class Assembly:
    cdef object code, plan
    cdef int n, totals
    cdef readonly int registers
    cdef readonly long flops
    cdef unsigned char[::1] codes, varies
    cdef int[::1] starts, operands, at, ranks, sums, left
    cdef Column free, body

    @cython.locals(v=int, i=int, x=int)
    cdef void rank(self)
    @cython.locals(v=int, x=int, y=int)
    cdef void merge(self)
    @cython.locals(v=int, k=int)
    cdef void lay_table(self)
    @cython.locals(v=int, i=int, x=int, op=int, depth="int[::1]", late="unsigned char[::1]")
    cdef void once(self)
    @cython.locals(out=Column, k=int, v=int, length=int, first_free=int, order=list)
    cdef object runs(self, list keys)
    @cython.locals(i=int)
    cdef list places(self, int v)
    @cython.locals(op=int, start=int, count=int, i=int, kernel=int)
    cdef void encode(self, Column out, int v, int target, int kinds)
    @cython.locals(v=int, op=int, wanted="unsigned char[::1]", group=Column)
    cdef void on_rows(self, bint reuse)
    @cython.locals(v=int)
    cdef void load_inputs(self)
    @cython.locals(op=int, start=int, stop=int, kinds=int, i=int)
    cdef void on_row(self, int v, bint reuse)
    cdef int register(self)
    cdef void release(self, int x, bint reuse)
    @cython.locals(first=int, here=int, a=int, b=int, second=int, mine_a=bint, mine_b=bint)
    cdef int shared(self, Column group, int v)
    @cython.locals(first=int, shared=int, k=int, v=int, a=int, b=int)
    cdef void products(self, Column group, bint reuse)


@cython.locals(assembly=Assembly)
cpdef assemble(code, int n_parameters, bint reuse=*)
