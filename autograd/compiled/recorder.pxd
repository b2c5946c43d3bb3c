# The types of recorder.py in C.
cimport cython
from autograd.compiled.node cimport recorded_operations
from autograd.compiled.value cimport Value, restore
from autograd.compiled.writer cimport Column


@cython.locals(node=Value, numbers=dict, names=dict, others=list, found=list, operands=tuple, number=object, columns=Column, starts=Column,
               codes=Column, everything=Value)
cpdef record(outputs, inputs, parameters)

cdef int _leaf(int code, int index, Column codes, Column starts, Column columns)

@cython.locals(codes="const short[::1]", starts="const int[::1]", operands="const int[::1]", view="unsigned char[::1]", node=int, i=int)
cpdef used(tape)
