"""Everything that exists for the compiled build only.

    kernels.py         prints the table of operations as C
    sources.py         lays out what Cython compiles: the .py files of the engine, with the types of the .pxd files here
    memory.h           how nodes are allocated and freed
    edges.pyx, scope.pyx   edges.py and scope.py in C
    machine.*, loops.h     the machine that runs programs

Each compiled module has the name of the Python file that it was made from: `autograd.compiled.value` is made from value.py.
Both can be imported in one process; engine.py chooses.
"""
