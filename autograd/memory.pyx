"""The compiled twin of memory.py."""
cimport cython
from cpython.mem cimport PyMem_Free
from cpython.object cimport PyObject
from cpython.ref cimport Py_XDECREF, Py_XINCREF

cdef extern from *:
    """
    #ifdef _MSC_VER
    static __declspec(thread) PyObject *innermost = NULL;
    #else
    static _Thread_local PyObject *innermost = NULL;
    #endif
    """
    PyObject *innermost  # the scope that this thread is in; NULL for none


@cython.final
@cython.no_gc
cdef class Edges:
    def __dealloc__(self):
        PyMem_Free(self.local_grads)


@cython.final
cdef class Switch:
    pass


cdef Scope here():
    return None if innermost == NULL else <Scope> innermost


cdef void move_to(Scope there):
    global innermost
    cdef PyObject *left = innermost
    innermost = NULL if there is None else <PyObject *> there
    Py_XINCREF(innermost)
    Py_XDECREF(left)


@cython.final
@cython.no_gc
cdef class Scope:
    def __init__(self, name, Scope outer=None, str line=""):
        if not isinstance(name, str):
            raise TypeError(f"the name of a scope must be a str, got {type(name).__name__}: {name!r}")
        self.name = name
        self.outer = outer
        self.line = line

    def __enter__(self):
        if self.entered:
            raise RuntimeError(f"scope {self.name!r} was entered before: make a new one for each `with`")
        self.entered = True
        self.outer = here()
        move_to(self)
        return self

    def __exit__(self, kind, error, traceback):
        move_to(self.outer)

    def __repr__(self):
        return f"scope({self.name!r})"

    def __reduce__(self):
        return Scope, (self.name, self.outer, self.line)

    @property
    def path(self):
        names = []
        at = self
        while at is not None:
            names.append(at.name)
            at = at.outer
        return tuple(names[::-1])
