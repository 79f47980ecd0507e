"""Which runs section 4 of the paper made, with their learning rates, and the ones made here to judge those rates."""

WIDTHS = (100, 200, 500, 1000)

TABLE_TWO = {1000: 10, 2000: 10, 3000: 6, 4000: 3, 5000: 1}
"""Runs of Table 2 for each number of points, at width 100."""

FRESH = 10
"""Number of the first run of Table 2: its row for m = 1000 was computed afresh, not copied from Table 1."""

DEFAULT_RATE = 1e-3


def main_rate(S, m):
    """Return the rate that gives the rows of Table 1; 5e-4 at width 1000 and m <= 800, where the text says 1e-3."""
    if S == 1000:
        return 2e-4 if m >= 900 else 5e-4
    return 5e-4 if S == 500 and m >= 900 else DEFAULT_RATE


def points_of(S):
    """Return the numbers of points of a width's row of the main grid: 100 to 1000 in steps of S/10."""
    return range(100, 1001, S // 10)


def cells(scale):
    """Return (experiment, S, m, run, eta) of all runs, the longest first so that all workers end together."""
    full = scale == "paper"
    runs = range(10) if full else range(2)
    main = [
        ("main", S, m, run, main_rate(S, m))
        for S in WIDTHS
        for m in (points_of(S) if full else ((100, 200, 300) if S < 1000 else (100, 200)))
        for run in runs
    ]
    # Paired with the main grid: the same draws at the rates that were, or might have been, too large.
    other = [(1000, m, DEFAULT_RATE) for m in (points_of(1000) if full else (100, 500))]
    if full:
        other += [(1000, m, 5e-4) for m in (900, 1000)] + [(500, m, DEFAULT_RATE) for m in (900, 1000)]
    rates = [("other rate", S, m, run, eta) for S, m, eta in other for run in runs]
    large = [
        ("table 2", 100, m, FRESH + run, DEFAULT_RATE)
        for m, count in sorted(TABLE_TWO.items(), reverse=True)
        if full or m == 1000
        for run in range(count if full else 1)
    ]
    return large + main + rates
