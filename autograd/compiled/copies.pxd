# The types of copies.py in C.
cimport cython
from autograd.compiled.edges cimport Edges, edges_of
from autograd.compiled.node cimport Node, recorded_operations


cpdef tuple fields(Node node)

@cython.locals(edges=Edges, i=Py_ssize_t)
cdef object fill(Node node, str op, tuple operands, tuple local_grads)

@cython.locals(node=Node)
cpdef deepcopy(Node root, dict memo, restore)

@cython.locals(order=list, walk="unsigned long long")
cpdef reduce(Node node, restore)
