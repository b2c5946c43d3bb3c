# Check a gradient by measuring
# Nudge a number a little both ways, measure how much
# the result changes, and compare with the gradient.
from autograd import Value, exp, gradcheck, log, tanh


def f(x, y):
    return tanh(x * y) + log(1 + exp(x - y))


x, y = Value(0.7, label="x"), Value(-1.2, label="y")
f(x, y).backward()

h = 1e-6
print("     backward()    measured      difference")
for v in (x, y):
    number = v.data
    v.data = number + h
    above = f(x, y).data
    v.data = number - h
    below = f(x, y).data
    v.data = number
    slope = (above - below) / (2 * h)
    gap = f"{abs(v.grad - slope):.1e}"
    print(f"{v.label:3} {v.grad:12.9f}  {slope:12.9f}  {gap}")

# The same in one line, for all of its inputs.
print("gradcheck agrees:", gradcheck(f, [x, y]))
