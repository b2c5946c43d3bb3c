# A bug to find: the loss will not settle
# The points lie on the line y = 2x + 1, and the
# learning rate is harmless. Something else is wrong.
import nn
from playground import curve

xs = [-1.0, -0.5, 0.0, 0.5, 1.0]
model = nn.Neuron(1, activation=None, seed=0)
losses = []

for step in range(60):
    errors = [model([x]) - (2 * x + 1) for x in xs]
    loss = sum(e**2 for e in errors) / len(xs)
    losses.append(loss.data)
    loss.backward()
    for p in model.parameters():
        p.data -= 0.1 * p.grad

display(curve(losses))
slope, offset = model.parameters()
print(f"slope {slope.data:.3f} instead of 2")
print(f"offset {offset.data:.3f} instead of 1")

# A hint: print the gradients in each step, and compare
# them with what you would expect close to the solution.
#
#
#
#
#
#
#
#
# The answer: backward() adds to the gradients. Without
# model.zero_grad() before it, each step uses the sum of
# all gradients so far, and the weights swing around the
# solution like a pendulum.
