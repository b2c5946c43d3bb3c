# The types of value.py in C. The operations are C structs printed from the rows of ops.py: see kernels.py.
cimport cython
from cpython.object cimport PyObject, PyTypeObject
from autograd.memory cimport Edges, Scope, Switch
from autograd.rows cimport Binary, Ternary, Unary, Variadic as VariadicRow

cdef extern from "memory.h":
    void seal(object node_type)
    ctypedef struct stamp:
        unsigned long long mark
        unsigned long long op

cdef Switch switch
cdef unsigned long long _walks


@cython.final
cdef class Value:  # 96 bytes; memory.h knows this order
    cdef Value _x
    cdef Value _y
    cdef Edges _rest
    cdef str _label
    cdef Scope _origin
    cdef double _data
    cdef double _grad
    cdef double _dx
    cdef double _dy
    cdef stamp _stamp  # _mark and _op: see setup.py


@cython.locals(node=Value, x=Value, y=Value, edges=Edges, i=Py_ssize_t, order=list, upstream=double)
cdef void backpropagate(Value root, bint watched) except *

@cython.locals(opened="unsigned long long", done="unsigned long long", node=Value, x=Value, y=Value, edges=Edges, stack=list, order=list)
cpdef list operations(Value root)

@cython.locals(y=Value)
cdef object plain(object x)

cdef double number(Value node, str what) except? -1.0

@cython.locals(data=double)
cdef double converted(Value node) except? -1.0

cdef object copied(Value node, str what, bint ends)

cdef object compared(Value x, object y)

cdef Value new(double data)

@cython.locals(node=Value)
cdef Value recorded(unsigned short code, double data, Value x, double dx, Value y, double dy)

@cython.locals(data=double)
cdef Value unary(const Unary *op, Value x)

@cython.locals(node=Value, p=Value, q=Value, a=double, b=double, data=double, dx=double, dy=double)
cdef object binary(const Binary *op, object x, object y)

cdef Value settle(Value node)

cdef Value apply(const Binary *op, object x, object y)

@cython.locals(node=Value, a=double, b=double, c=double, edges=Edges, operands=tuple)
cdef Value ternary(const Ternary *op, object x, object y, object z)

@cython.locals(node=Value, x=Value, edges=Edges, n=Py_ssize_t, i=Py_ssize_t, data="double *", constant=bint)
cdef object variadic(const VariadicRow *op, tuple operands)

@cython.locals(edges=Edges)
cdef Edges edges_of(tuple operands)
cdef tuple checked(str name, tuple operands)
cdef tuple some(str name, object xs)

@cython.locals(left=tuple, right=tuple)
cpdef dot(ws, xs)
cpdef sum(xs)

@cython.locals(node=Value, edges=Edges, i=Py_ssize_t)
cpdef restore(str op, tuple operands, tuple local_grads, double data, double grad, str label, Scope origin)

cpdef tuple fields(Value node)
