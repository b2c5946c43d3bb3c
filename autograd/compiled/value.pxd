# The types of value.py in C. `ops` are here C structs, printed from the rows of operations.py: see kernels.py.
cimport cython
from autograd.compiled cimport rows as ops
from autograd.compiled.edges cimport Edges, edges_of, new_node, scratch, seal
from autograd.compiled.copies cimport deepcopy, fields, fill, reduce
from autograd.compiled.node cimport Node, backpropagate
from autograd.compiled.reading cimport as_operands, comparable, convert, leave, number_in, read
from autograd.compiled.scope cimport Scope, innermost, switch


@cython.final
cdef class Value(Node):
    pass


@cython.locals(node=Value)
cdef Value make_node(unsigned short code, double data, Node x, double dx, Node y, double dy)

cdef Value leaf(double data)

@cython.locals(data=double)
cdef Value unary(const ops.Unary *op, Value x)

@cython.locals(node=Value, p=Value, q=Value, a=double, b=double, data=double, dx=double, dy=double)
cdef object binary(const ops.Binary *op, object x, object y)

cdef Value apply(const ops.Binary *op, object x, object y)

@cython.locals(node=Value, x=Node, edges=Edges, n=Py_ssize_t, i=Py_ssize_t, numbers="double *", constant=bint, data=double)
cdef object many(const ops.Many *op, tuple operands)

@cython.locals(values=list, i=Py_ssize_t)
cpdef call(row, tuple operands)

cdef Value apply_modes(Value node)

@cython.locals(node=Value)
cpdef restore(str op, tuple operands, tuple local_grads, double data, double grad, str label, Scope scope)
