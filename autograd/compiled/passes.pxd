# The types of passes.py.
cimport cython
from autograd.compiled.writer cimport Rewriter

cdef int CONSTANT, ADD, MUL, FMA, DOT, WHERE, TOTAL, TOTAL_PRODUCT, COUNT, INPUT, PARAMETER, LEAVES
cdef bytes COMMUTES, SPECIAL
cdef double[::1] NEUTRAL

@cython.locals(codes="const unsigned char[::1]", starts="const int[::1]", operands="const int[::1]", v=int, i=int, n=int, counts="int[::1]")
cpdef uses(code)

@cython.locals(codes="unsigned char[::1]", starts="int[::1]", operands="int[::1]", v=int, n=int, out=Rewriter, place="int[::1]")
cpdef unbatch(code, int n_parameters)

@cython.locals(codes="unsigned char[::1]", starts="int[::1]", operands="int[::1]", v=int, i=int, n=int, out=Rewriter,
               place="int[::1]", op=int, start=int, size=int, constants=int, same=int, count=int)
cpdef fold(code)

cdef int _other(Rewriter out, int op, int x, int y, numbers) except -2

@cython.locals(x=int)
cdef int _folded(Rewriter out, int op, list xs, numbers) except -1

@cython.locals(codes="unsigned char[::1]", starts="int[::1]", operands="int[::1]", v=int, i=int, n=int, out=Rewriter,
               place="int[::1]", table="int[::1]", mask=long, op=int, start=int, count=int, mine=int, key=long, slot=long, step=long)
cpdef share(code)

@cython.locals(theirs=int, i=int)
cdef bint _same(Rewriter out, int w, int op, int mine, int count) noexcept

@cython.locals(codes="unsigned char[::1]", starts="int[::1]", operands="int[::1]", v=int, i=int, n=int, out=Rewriter,
               wanted="unsigned char[::1]")
cpdef prune(code)

@cython.locals(codes="unsigned char[::1]", starts="int[::1]", operands="int[::1]", varies="unsigned char[::1]", counts="int[::1]",
               v=int, i=int, n=int, x=int, product=int, out=Rewriter, place="int[::1]", product_of="int[::1]", gone="unsigned char[::1]")
cpdef fuse_multiply_add(code)

@cython.locals(codes="unsigned char[::1]", starts="int[::1]", operands="int[::1]", varies="unsigned char[::1]", counts="int[::1]",
               v=int, n=int, x=int, out=Rewriter, place="int[::1]", gone="unsigned char[::1]")
cpdef fuse_multiply_total(code)

@cython.locals(codes="unsigned char[::1]", starts="int[::1]", operands="int[::1]", varies="unsigned char[::1]", counts="int[::1]",
               v=int, n=int, x=int, a=int, b=int, k=int, w=int, length=int, out=Rewriter, place="int[::1]", links="int[::1]",
               i=int, gone="unsigned char[::1]", kind="unsigned char[::1]", from_zero="unsigned char[::1]", sum_of="int[::1]",
               pairs=list)
cpdef chain(code)

@cython.locals(codes="unsigned char[::1]", starts="int[::1]", operands="int[::1]", v=int, i=int, n=int, w=int, out=Rewriter,
               place="int[::1]", late="unsigned char[::1]")
cpdef layers(code)

@cython.locals(starts="int[::1]", operands="int[::1]", i=int, w=int, known=bint)
cdef _finish_layer(Rewriter out, code, dict dots, int v)

@cython.locals(codes="unsigned char[::1]", starts="int[::1]", operands="int[::1]", v=int, dots=dict)
cdef dict _dots(code)

@cython.locals(codes="unsigned char[::1]", v=int)
cdef dict _blocks(code)
