# Derivatives of derivatives
# grad(f) is a function, too: take its derivative again.
from autograd import Value, grad, sin
from autograd.render import draw


def f(x):
    return x**2 * sin(x)


first = grad(f)
second = grad(first)
for x in (0.0, 1.0, 2.0):
    print(f"f({x}) = {f(x):.4f}, slope {first(x):.4f}, "
          f"curvature {second(x):.4f}")

# The slope is recorded like everything else, as a graph.
x = Value(1.0, label="x")
(slope,) = grad(f(x), [x], create_graph=True)
slope.label = "slope"
draw(slope, rankdir="TB")
