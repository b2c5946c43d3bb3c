# The types of reading.py in C.
cimport cython
from autograd.compiled.node cimport Node
from autograd.compiled.scope cimport switch


@cython.locals(y=Node)
cdef object number_in(object x)

cdef double read(Node node, str what) except? -1.0

@cython.locals(data=double)
cdef double convert(Node node) except? -1.0

cdef object leave(Node node, str what, bint ends)

cdef object comparable(Node x, object y)

cdef tuple as_operands(str name, tuple operands)
