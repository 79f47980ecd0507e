"""The mathematics of two-layer networks: arrays in, arrays out. Import from the modules, one idea each."""
