"""Experiments on the convergence guarantees of Razborov (2022)."""
