# The types of assemble.py.
cimport cython
from autograd.compiled.writer cimport Column

cdef int CONSTANT, PARAMETER, INPUT, COUNT, DOT, ADD, TOTAL, TOTAL_PRODUCT, LEAVES, LOAD, STORE, PRODUCTS, OUTER, MATMUL, MATMUL_ONTO
cdef int IRREGULAR, LAST_RANK
cdef int[::1] FLOPS
cdef short[::1] KERNEL


@cython.final
cdef class Assembly:
    cdef object code, plan
    cdef int n, totals
    cdef readonly int registers
    cdef readonly long flops
    cdef unsigned char[::1] codes, varies
    cdef int[::1] starts, operands, at, ranks, sums, left, level, spare
    cdef long long[::1] keys, spare_keys
    cdef Column free, body, fixed, layer, row
    cdef dict blocks, outputs

    @cython.locals(v=int, i=int, x=int)
    cdef void rank(self) noexcept
    @cython.locals(v=int, x=int, y=int)
    cdef void merge(self) noexcept
    @cython.locals(v=int, k=int)
    cdef int lay_table(self) except -1
    @cython.locals(v=int, i=int, x=int, op=int, depth="int[::1]", late="unsigned char[::1]", sizes=Column, k=int, widest=int)
    cdef int once(self) except -1
    @cython.locals(ends="int[::1]", order="int[::1]", k=int, v=int, n=int)
    cdef int[::1] by_level(self, int[::1] depth, unsigned char[::1] late, Column sizes, bint want_late)
    @cython.locals(out=Column, first_free=int, first=int, last=int, n=int, k=int)
    cdef object in_table(self, int[::1] order, int[::1] depth)
    @cython.locals(rank="long long", op="long long", x=int)
    cdef long long key(self, int v) noexcept
    cdef int second(self, int v) noexcept
    @cython.locals(middle=int, k=int, left=int, right=int, to=int, level="int[::1]", keys="long long[::1]", spare="int[::1]", spare_keys="long long[::1]")
    cdef void sort(self, int first, int last) noexcept
    cdef bint before(self, long long key, int v, long long other, int w) noexcept
    @cython.locals(k=int, v=int, length=int, kinds=int, i=int, layer=Column)
    cdef int runs(self, Column out, int[::1] order, int first, int last) except -1
    cdef int distance(self, int v, int w, int i) noexcept
    @cython.locals(v=int, w=int, u=int, count=int, length=int, i=int, step=int, expected=int, moved=bint, same=bint)
    cdef int run(self, int[::1] order, int k, int last) noexcept
    @cython.locals(op=int, start=int, count=int, i=int, kernel=int, other=int, swap=bint)
    cdef int encode(self, Column out, int v, int target, int kinds) except -1
    @cython.locals(start=int, stop=int, step=int, i=int)
    cdef int step(self, int v) noexcept
    @cython.locals(w=int, last=int, here=int, start=int, count=int, i=int, distance=int, step=int)
    cdef bint continues(self, Column layer, int v) noexcept
    @cython.locals(first=int, second=int)
    cdef int between(self, Column layer) noexcept
    @cython.locals(v=int, start=int, stop=int, i=int, k=int)
    cdef int matmul(self, Column out, Column layer) except -1
    @cython.locals(v=int, op=int, k=int)
    cdef int on_rows(self, bint reuse) except -1
    cdef int store(self, int v, bint reuse) except -1
    @cython.locals(layer=Column, v=int, k=int, i=int)
    cdef int finish_layer(self, bint reuse) except -1
    @cython.locals(v=int, first=int, count=int)
    cdef int load_inputs(self) except -1
    cdef int load(self, int first, int count) except -1
    @cython.locals(op=int, start=int, stop=int, kinds=int, i=int)
    cdef int on_row(self, int v, bint reuse) except -1
    cdef int register(self)
    cdef int release(self, int x, bint reuse) except -1
    @cython.locals(first=int, here=int, a=int, b=int, second=int, mine_a=bint, mine_b=bint)
    cdef int shared(self, Column group, int v) noexcept
    @cython.locals(row=Column, first=int, common=int, k=int, v=int, a=int, b=int, target=int, others=list, targets=list)
    cdef int finish_row(self) except -1
    @cython.locals(first=int, last=int, rows=list)
    cdef int finish_blocks(self, bint reuse) except -1
    cdef void outer(self, tuple others, list rows) except *
    cdef int finish_products(self, bint reuse) except -1


@cython.locals(assembly=Assembly)
cpdef assemble(code, int n_parameters, bint reuse=*)
