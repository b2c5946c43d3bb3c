# The types of bulk.py in C.
cimport cython
from autograd.compiled.edges cimport Edges
from autograd.compiled.node cimport Node
from autograd.compiled.scope cimport Switch
from autograd.compiled.value cimport Value

cdef Switch switch

@cython.locals(n=Py_ssize_t, i=Py_ssize_t, x=Value, view="double[::1]")
cpdef data_of(list values)

@cython.locals(n=Py_ssize_t, i=Py_ssize_t, x=Value, view="double[::1]")
cpdef grads_of(list values)

@cython.locals(i=Py_ssize_t, x=Value, view="const double[::1]")
cpdef set_data(list values, numbers)

@cython.locals(i=Py_ssize_t, x=Value, view="const double[::1]", number=double)
cpdef set_grads(list values, numbers)

@cython.locals(order=list)
cpdef gradients(Node root, list inputs)

@cython.locals(places=dict, view="double[::1]", node=Node, x=Value, y=Node, z=Node, edges=Edges, i=Py_ssize_t, upstream=double)
cdef _gradients(Node root, list order, list inputs)

@cython.locals(i=Py_ssize_t)
cdef int _add(Node x, double change, dict places, double[::1] view) except -1
