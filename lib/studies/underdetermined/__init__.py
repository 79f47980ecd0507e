"""Benson, Damle & Townsend (2020), *Over-parametrized neural networks as under-determined linear systems*."""
