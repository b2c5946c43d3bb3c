# functions.py calls C functions of value.py.
from autograd.compiled cimport rows as ops
from autograd.compiled.edges cimport add_member
from autograd.compiled.value cimport Value, binary, call, many, unary
