"""Holzmüller & Steinwart (2022), *Training two-layer ReLU networks with gradient descent is inconsistent*."""
