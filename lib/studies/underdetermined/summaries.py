"""Medians and quantile bands of tables, for figures."""

import pandas as pd


def quantile_bands(table: pd.DataFrame, by: list[str], column: str) -> pd.DataFrame:
    """Return median, 10 % and 90 % quantile of a column in each group.

    Parameters
    ----------
    table : DataFrame
        Rows of a study.
    by : list of str
        Columns that make the groups.
    column : str
        The column that is summarised.

    Returns
    -------
    DataFrame
        Columns ``by``, ``low``, ``median``, ``high``, ``count``, sorted by group.

    Raises
    ------
    KeyError
        If there is no such column.
    """
    groups = table.groupby(by, sort=True)[column]
    bands = {"low": groups.quantile(0.1), "median": groups.median(), "high": groups.quantile(0.9)}
    return pd.DataFrame(bands | {"count": groups.count()}).reset_index()
