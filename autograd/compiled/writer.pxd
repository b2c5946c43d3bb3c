# The types of writer.py.
cimport cython


cdef int LEAVES, INPUT, LAST_TOTAL

cdef Py_ssize_t grown(Py_ssize_t room)


cdef class Column:
    cdef int[::1] data
    cdef readonly Py_ssize_t room, n
    cdef void push(self, int x)
    cpdef object close(self)


cdef class Writer:
    cdef unsigned char[::1] codes, varies
    cdef int[::1] starts, operands
    cdef readonly Py_ssize_t room, operands_room
    cdef readonly int n, m
    cdef int differs
    cdef void index(self, int i)
    cdef void operand(self, int x)
    cdef int end(self, int code)
    cdef void take_back(self)
    cdef int one(self, int code, int x)
    cdef int two(self, int code, int x, int y)
    @cython.locals(code=int, i=int)
    cdef int copy(self, unsigned char[::1] codes, int[::1] starts, int[::1] operands, int v, int[::1] place)
    cpdef object close(self, object numbers)
