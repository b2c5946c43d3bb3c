"""The compiled twin of memory.py."""
cimport cython
from cpython.mem cimport PyMem_Free


@cython.final
@cython.no_gc
cdef class Edges:
    def __dealloc__(self):
        PyMem_Free(self.local_grads)


@cython.final
cdef class Switch:
    pass
