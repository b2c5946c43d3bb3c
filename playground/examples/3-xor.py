# Exclusive or, with a training loop of your own
# Four points that no straight line can separate,
# and five lines that train a network on them.
import random
from nn import MLP

random.seed(0)
model = MLP(2, [8, 1])  # relu inside, linear at the end
points = [([0, 0], -1), ([0, 1], 1), ([1, 0], 1), ([1, 1], -1)]

for step in range(200):
    loss = sum((model(x) - y) ** 2 for x, y in points) * 0.25
    model.zero_grad()
    loss.backward()
    for p in model.parameters():
        p.data -= 0.1 * p.grad
    if step % 40 == 0:
        print(f"step {step:3}: loss {loss.data:.4f}")

for x, y in points:
    print(f"{x}: {model(x).item():.3f}, should be {y}")
