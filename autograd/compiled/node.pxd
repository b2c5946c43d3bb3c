# The types of node.py in C.
cimport cython
from autograd.compiled.edges cimport Edges
from autograd.compiled.scope cimport Scope

cdef extern from "memory.h":
    ctypedef struct stamp:
        unsigned long long mark
        unsigned long long op

cdef unsigned long long _walks


cdef class Node:  # 96 bytes; memory.h knows this order
    cdef Node _x
    cdef Node _y
    cdef Edges _rest
    cdef str _label
    cdef Scope _scope
    cdef double _data
    cdef double _grad
    cdef double _dx
    cdef double _dy
    cdef stamp _stamp  # _mark and _code in one word: see sources.py


@cython.locals(node=Node, x=Node, y=Node, edges=Edges, i=Py_ssize_t, order=list, upstream=double)
cpdef object backpropagate(Node root, check=*, double seed=*)

@cython.locals(opened="unsigned long long", done="unsigned long long", node=Node, x=Node, y=Node, edges=Edges, stack=list, order=list)
cpdef list recorded_operations(root)
