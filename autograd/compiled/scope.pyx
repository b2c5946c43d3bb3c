"""scope.py in C."""
cimport cython
from cpython.object cimport PyObject
from cpython.ref cimport Py_XDECREF, Py_XINCREF

cdef extern from *:
    """
    #ifdef _MSC_VER
    static __declspec(thread) PyObject *current = NULL;
    #else
    static _Thread_local PyObject *current = NULL;
    #endif
    """
    PyObject *current  # the scope that this thread is in; NULL for none


@cython.final
cdef class Switch:
    pass


cpdef Scope innermost():
    return None if current == NULL else <Scope> current


cdef void move_to(Scope there):
    global current
    cdef PyObject *left = current
    current = NULL if there is None else <PyObject *> there
    Py_XINCREF(current)
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
        switch.scopes += 1
        self.outer = innermost()
        move_to(self)
        return self

    def __exit__(self, kind, error, traceback):
        move_to(self.outer)

    def __repr__(self):
        return f"scope({self.name!r})"

    def __reduce__(self):
        from autograd.scope import restored

        return restored, (self.name, self.outer, self.line)

    @property
    def path(self):
        names = []
        at = self
        while at is not None:
            names.append(at.name)
            at = at.outer
        return tuple(names[::-1])


switch = Switch()
globals()["switch"] = switch  # for Python too
