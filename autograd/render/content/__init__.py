"""The content of a drawing: recorded steps as numbers and words; boxes and arrows of a graph, its parts, its batches."""
