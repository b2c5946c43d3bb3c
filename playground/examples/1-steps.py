# A backward pass, step by step
# Press Run. Then walk through the steps with the
# arrow keys, and drag a blue box to change its number.
from autograd import Value, tanh
from autograd.render import show_backward, trace_backward

x = Value(2.0, label="x")
w = Value(-0.5, label="w")
b = Value(1.5, label="b")
loss = (tanh(w * x + b) - 1) ** 2
loss.label = "loss"

# Run loss.backward() and record it. Each line says:
# had + upstream x local derivative = now
trace = trace_backward(loss)
print(trace)

show_backward(trace, parameters=[w, b])
