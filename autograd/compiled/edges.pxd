# The types of edges.py in C.
cdef extern from "memory.h":
    void seal(object node_type)
    object new_node(object node_type)
    int add_member(object node_type, object name, object member) except -1


cdef class Edges:
    cdef tuple operands
    cdef double *local_grads


cdef Edges edges_of(tuple operands)

cdef double *scratch(Py_ssize_t n) except NULL
