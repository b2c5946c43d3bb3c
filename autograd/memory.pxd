# memory.py in C.
cimport cython
from cpython.mem cimport PyMem_Free, PyMem_Malloc


cdef class Edges:
    cdef tuple operands
    cdef double *local_grads


cdef class Switch:
    cdef public int on
    cdef public int differentiating


cdef class Scope:
    cdef readonly str name
    cdef readonly Scope outer
    cdef readonly str line
    cdef bint entered


cdef Scope here()


cdef inline double *doubles(Py_ssize_t n) except NULL:
    cdef double *numbers = <double *> PyMem_Malloc((n or 1) * sizeof(double))
    if numbers == NULL:
        raise MemoryError()
    return numbers


cdef inline void free(double *numbers) noexcept:
    PyMem_Free(numbers)
