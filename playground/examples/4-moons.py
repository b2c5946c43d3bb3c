# Two moons: watch a network learn
# A network with 105 weights and biases, and 60 points
# in two classes. The colours show which class the
# network gives to each place.
import math
import random
import nn
from playground import boundary, curve

rng = random.Random(0)
X, y = [], []
for k in range(60):
    angle, label = math.pi * (k // 2) / 29, k % 2
    a, b = math.cos(angle), math.sin(angle)
    if label:
        a, b = 1 - a, 0.5 - b
    X.append([rng.gauss(a, 0.1), rng.gauss(b, 0.1)])
    y.append(label)

model = nn.MLP(2, [8, 8, 1], activation="tanh", seed=0)
loss = nn.binary_cross_entropy_with_logits
picture = display(boundary(model, X, y, "at the start"))
losses = display("the loss")


def show(model, history):
    n = len(history.loss)
    losses.update(curve(history.loss, unit="epoch"))
    if n % 3 == 0:
        picture.update(boundary(model, X, y, f"epoch {n}"))


optimizer = nn.Adam(model.parameters(), lr=0.1)
nn.fit(model, X, y, loss, optimizer, epochs=30,
       batch_size=20, callbacks=[show], seed=0)
value, accuracy = nn.evaluate(model, X, y, loss)
print(f"loss {value:.4f}, accuracy {accuracy:.0%}")
