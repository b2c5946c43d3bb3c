"""edges.py in C."""
cimport cython
from cpython.mem cimport PyMem_Free, PyMem_Malloc, PyMem_Realloc

cdef double *room = NULL  # the buffer of `scratch`; only the thread that holds the GIL may use it
cdef Py_ssize_t length = 0


@cython.final
@cython.no_gc
cdef class Edges:
    def __dealloc__(self):
        PyMem_Free(self.local_grads)


cdef Edges edges_of(tuple operands):
    cdef Edges edges = Edges.__new__(Edges)
    edges.operands = operands
    edges.local_grads = <double *> PyMem_Malloc((len(operands) or 1) * sizeof(double))
    if edges.local_grads == NULL:
        raise MemoryError()
    return edges


cdef double *scratch(Py_ssize_t n) except NULL:
    global room, length
    cdef double *larger
    if n > length or room == NULL:
        larger = <double *> PyMem_Realloc(room, 2 * (n + 8) * sizeof(double))
        if larger == NULL:
            raise MemoryError()
        room, length = larger, 2 * (n + 8)
    return room
