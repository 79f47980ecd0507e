"""The experiments, as data: what a cell computes and which cells there are. One package per paper."""
