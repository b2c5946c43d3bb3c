# The types of writer.py.
cimport cython


cdef int LEAVES, INPUT, LAST_TOTAL

cdef Py_ssize_t grown(Py_ssize_t room)


@cython.final
cdef class Column:
    cdef int[::1] data
    cdef readonly Py_ssize_t room, n
    cdef int push(self, int x) except -1
    cpdef object close(self)


cdef class Writer:
    cdef unsigned char[::1] codes, varies
    cdef int[::1] starts, operands
    cdef readonly Py_ssize_t room, operands_room
    cdef readonly int n, m
    cdef int differs
    @cython.final
    cdef int index(self, int i) except -1
    @cython.final
    cdef int operand(self, int x) except -1
    @cython.final
    cdef int end(self, int code) except -1
    @cython.final
    cdef void take_back(self) noexcept
    @cython.final
    cdef int one(self, int code, int x) except -1
    @cython.final
    cdef int two(self, int code, int x, int y) except -1
    cpdef object close(self, object numbers)


@cython.final
cdef class Rewriter(Writer):
    cdef object old
    cdef unsigned char[::1] old_codes
    cdef int[::1] old_starts, old_operands, place
    @cython.locals(code=int, i=int)
    cdef int copy(self, int v) except -1
    @cython.locals(v=int)
    cpdef object finish(self, object numbers=*)
