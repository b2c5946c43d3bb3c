# A neuron learns
# One neuron, one example: which way does each weight
# have to move, and how far does it get in 30 steps?
import nn
from autograd import Value
from autograd.render import show_backward
from playground import curve

neuron = nn.Neuron(2, activation="tanh", seed=1)
start = neuron.state_dict()
x = [Value(1.0, label="x1"), Value(-2.0, label="x2")]
losses = []

for step in range(30):
    loss = (neuron(x) - 0.8) ** 2
    losses.append(loss.data)
    neuron.zero_grad()
    loss.backward()
    for p in neuron.parameters():
        p.data -= 0.1 * p.grad  # against the gradient

display(curve(losses))
print("the output is now", neuron(x).item())

# The first step once more, to look at: press
# "Step downhill" a few times.
neuron.load_state_dict(start)
loss = (neuron(x) - 0.8) ** 2
loss.label = "loss"
show_backward(loss, parameters=neuron.parameters())
