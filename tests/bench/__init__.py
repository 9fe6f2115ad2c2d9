"""Benchmarks: `anou bench chat | idle | storm | history | pages`. Figures are ratios to the floor, taken in one run."""
