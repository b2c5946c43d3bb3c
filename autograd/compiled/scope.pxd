# The types of scope.py in C.
cimport cython


cdef class Switch:
    cdef public int on
    cdef public int differentiating
    cdef public int scopes


cdef Switch switch


cdef class Scope:
    cdef readonly str name
    cdef readonly Scope outer
    cdef readonly str line
    cdef bint entered


cpdef Scope innermost()
