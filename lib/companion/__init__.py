"""The machinery of the book: archive, sweeps, claims, figures, provenance, build. Knows no mathematics."""
