"""The places of boxes and arrows: the layout engines, Graphviz's and our own."""
