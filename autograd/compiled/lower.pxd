# The types of lower.py.
cimport cython
from autograd.compiled.writer cimport Column, Writer

cdef int ADD, MUL, DIV, TOTAL, COUNT, CONSTANT_CODE, CONSTANT, INPUT, PARAMETER, VALUE
cdef dict LEAF


@cython.final
cdef class Pattern:
    cdef int n
    cdef int[::1] codes, sizes, operands, results, constants
    cdef list numbers
    cdef bint placed


@cython.final
cdef class Lowering:
    cdef object tape, needed
    cdef const short[::1] codes
    cdef const int[::1] starts, operands
    cdef int n
    cdef Writer out
    cdef object numbers
    cdef dict constants, patterns
    cdef int[::1] values, adjoints
    cdef Column places
    cdef list rows, variadic, fixed

    cdef int constant(self, double number) except -1
    @cython.locals(key=tuple)
    cdef Pattern pattern(self, int code, int n, int which)
    @cython.locals(places=Column, out=Writer, at=int, i=int, j=int, k=int)
    cdef int paste(self, Pattern pattern) except -1
    cdef int placed(self, Pattern pattern, int place) noexcept
    @cython.locals(i=int)
    cdef int take(self, int node) except -1
    @cython.locals(codes="const short[::1]", starts="const int[::1]", operands="const int[::1]", needed="unsigned char[::1]",
                   node=int, code=int, pattern=Pattern)
    cdef int forward(self) except -1
    @cython.locals(codes="const short[::1]", starts="const int[::1]", operands="const int[::1]", needed="unsigned char[::1]",
                   reached="unsigned char[::1]", node=int, i=int)
    cdef object reached(self, int leaf)
    @cython.locals(codes="const short[::1]", starts="const int[::1]", adjoints="int[::1]", out=Writer, node=int, n=int, i=int, x=int,
                   c=int, local=int, after=int, whole=Pattern, pattern=Pattern)
    cdef int backward(self, unsigned char[::1] marks, int output, int seed, int count) except -1
    @cython.locals(node=int)
    cdef list adjoints_of(self, leaves)


@cython.locals(lowering=Lowering)
cpdef of_outputs(tape, needed)

@cython.locals(lowering=Lowering, out=Writer)
cpdef of_gradients(tape, needed, parameters)

@cython.locals(lowering=Lowering)
cpdef of_jacobian(tape, needed, int n_outputs, inputs)
