/* The allocation and freeing of Values. A chain of two million nodes must not be freed by recursion, so a node that loses
   its last reference is put on a list instead; and the memory of freed nodes is kept for new ones. */
#include <Python.h>
#include <string.h>

typedef struct edges { /* as in edges.pxd */
    PyObject_HEAD
    PyObject *operands;
    double *local_grads;
} edges;

typedef struct stamp { /* in one word of 64 bits */
    unsigned long long op : 16, mark : 48;
} stamp;

typedef struct node { /* as in node.pxd */
    PyObject_HEAD
    struct node *x, *y;
    struct edges *rest;
    PyObject *label, *scope;
    double data, grad, dx, dy;
    stamp stamp;
} node;

enum { KEPT = 4096 };
static node *kept[KEPT];
static int n_kept = 0;

static PyObject *node_alloc(PyTypeObject *type, Py_ssize_t items) {
    if (n_kept == 0)
        return PyType_GenericAlloc(type, items);
    PyObject *self = (PyObject *)kept[--n_kept];
    memset(self, 0, sizeof(node));
    return PyObject_Init(self, type);
}

/* A node whose fields are None or 0. (`Value.__new__` is the same, through two types.) */
static inline PyObject *new_node(PyObject *type) {
    node *self = (node *)node_alloc((PyTypeObject *)type, 0);
    if (self == NULL)
        return NULL;
    self->x = self->y = (node *)Py_None;
    self->rest = (edges *)Py_None;
    self->label = self->scope = Py_None;
    for (int i = 0; i < 5; i++)
        Py_INCREF(Py_None);
    return (PyObject *)self;
}

/* Drop a reference to a node. If it was the last, put the node on the list, linked through its label. */
static inline void drop(node *self, node **dying) {
    if ((PyObject *)self == Py_None || Py_REFCNT(self) > 1) {
        Py_DECREF(self);
        return;
    }
    Py_DECREF(self->label);
    self->label = (PyObject *)*dying;
    *dying = self;
}

/* Drop the operands of a node that has more than two, before the tuple that holds them does so by recursion. */
static inline void drop_edges(edges *self, PyTypeObject *node_type, node **dying) {
    PyObject *operands = (PyObject *)self == Py_None ? Py_None : self->operands;
    if (operands != Py_None && Py_REFCNT(self) == 1 && Py_REFCNT(operands) == 1)
        for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(operands); i++) {
            PyObject *operand = PyTuple_GET_ITEM(operands, i);
            PyTuple_SET_ITEM(operands, i, NULL);
            if (Py_TYPE(operand) == node_type)
                drop((node *)operand, dying);
            else
                Py_DECREF(operand);
        }
    Py_DECREF(self);
}

static void node_dealloc(PyObject *self) {
    PyTypeObject *type = Py_TYPE(self);
    node *dying = NULL, *n = (node *)self;
    Py_DECREF(n->label);
    n->label = NULL;
    for (;;) {
        drop(n->x, &dying);
        drop(n->y, &dying);
        drop_edges(n->rest, type, &dying);
        Py_DECREF(n->scope);
        if (n_kept < KEPT)
            kept[n_kept++] = n;
        else
            PyObject_Free(n);
        if (type->tp_flags & Py_TPFLAGS_HEAPTYPE)
            Py_DECREF(type);
        if ((n = dying) == NULL)
            return;
        dying = (node *)n->label;
    }
}

/* Give a type of nodes the functions above. Nodes refer to older nodes, strings and numbers only, so there is no cyclic
   garbage among them, and the collector need not know them. */
static void seal(PyObject *node_type) {
    PyTypeObject *type = (PyTypeObject *)node_type;
    type->tp_name = "autograd.engine.Value"; /* its name in pickles, in both builds */
    type->tp_flags &= ~Py_TPFLAGS_HAVE_GC;
    type->tp_traverse = NULL;
    type->tp_clear = NULL;
    type->tp_free = PyObject_Free;
    type->tp_alloc = node_alloc;
    type->tp_dealloc = node_dealloc;
}

/* Set an attribute of a type written in C, which Python cannot. Not for the methods behind operators, which have slots. */
static int add_member(PyObject *node_type, PyObject *name, PyObject *member) {
    int failed = PyDict_SetItem(((PyTypeObject *)node_type)->tp_dict, name, member);
    PyType_Modified((PyTypeObject *)node_type);
    return failed;
}
