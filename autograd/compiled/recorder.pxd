# The types of recorder.py in C.
cimport cython
from autograd.compiled.bulk cimport grads_of, set_grads
from autograd.compiled.edges cimport Edges
from autograd.compiled.node cimport Node, recorded_operations
from autograd.compiled.value cimport Value, restore
from autograd.compiled.writer cimport Column


@cython.locals(recorder=Recorder, order=list)
cpdef record(outputs, inputs, parameters)


@cython.final
cdef class Recorder:
    cdef Column codes, starts, operands, found
    cdef object constants
    cdef dict numbers
    cdef list others, names
    cdef int[::1] kinds, arities

    cdef int leaf(self, int code, int index) except -1
    cdef int constant(self, double number) except -1
    cdef int number(self, Node x) except -1
    @cython.locals(x=Node, y=Node, edges=Edges)
    cdef int take(self, Node node) except -1
    @cython.locals(code=int, i=int)
    cdef int operation(self, Node node) except -1
    cdef object tape(self)

@cython.locals(codes="const short[::1]", starts="const int[::1]", operands="const int[::1]", view="unsigned char[::1]", node=int, i=int)
cpdef used(tape)
