"""Interactive pages: the player of the forward and backward pass, and the film of a training."""
