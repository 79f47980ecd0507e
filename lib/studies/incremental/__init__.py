"""Incremental learning on orthogonal data: *Mildly overparameterized ReLU networks on orthogonal data* (2026)."""
