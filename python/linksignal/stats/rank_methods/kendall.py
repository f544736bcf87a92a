"""Kendall's tau-b: its estimate, its influence values and its interval."""

from __future__ import annotations

import numpy as np
from scipy.stats import norm

from linksignal.stats.arrays import Floats
from linksignal.stats.intervals import Intervals, fisher_intervals
from linksignal.stats.rank_methods.concordance import Concordance
from linksignal.stats.spearman import MIN_INFLUENCE_ROWS

# Of tau's z, over n - 4, without ties and for tau up to about 0.8.
BONETT_WRIGHT_VARIANCE = 0.437


def kendall_tau_b(counts: Concordance) -> float:
    """Give Kendall's tau-b.

    Parameters
    ----------
    counts : Concordance
        Of two variables, neither constant.

    Returns
    -------
    float
        Concordant less discordant pairs of rows over the geometric mean of
        the pairs untied in either variable, -1 to 1.

    References
    ----------
    Kendall (1945), The treatment of ties in ranking problems, Biometrika
    33, 239-251.
    """
    untied = counts.signal_differs.sum() * counts.outcome_differs.sum()
    return float(np.clip(counts.sums.sum() / np.sqrt(untied), -1.0, 1.0))


def kendall_influence(counts: Concordance) -> Floats:
    """Give the empirical influence of each row on tau-b.

    Tau-b is T / sqrt(U V) with T = E sign(x - x') sign(y - y') and U, V the
    probabilities that two rows differ in x, in y. Each is a mean over pairs
    of rows, on which a row has twice its own mean less the whole.

    Parameters
    ----------
    counts : Concordance
        Of two variables on n rows, neither constant.

    Returns
    -------
    ndarray, shape (n,)
        Influence values, of mean zero. Their mean square over n estimates
        the variance of tau-b.

    References
    ----------
    Croux & Dehon (2010), Influence functions of the Spearman and Kendall
    correlation measures, Statistical Methods & Applications 19, 497-515;
    here with ties.
    """
    row_count = len(counts.sums)
    own = [
        values / row_count
        for values in (
            counts.sums,
            counts.signal_differs,
            counts.outcome_differs,
        )
    ]
    agreement, signal_untied, outcome_untied = (np.mean(v) for v in own)
    length = np.sqrt(signal_untied * outcome_untied)
    terms = (
        own[0] - agreement,
        own[1] / signal_untied - 1,
        own[2] / outcome_untied - 1,
    )
    estimate = agreement / length
    return np.asarray(2 * terms[0] / length - estimate * (terms[1] + terms[2]))


def kendall_interval(counts: Concordance, ci_level: float) -> Intervals:
    """Give the interval of tau-b on Fisher's z scale.

    The standard error is that of the influence values, with the factor
    sqrt(n / (n - 3)) for what a sample's own mean takes away; below
    ``MIN_INFLUENCE_ROWS`` rows the variance 0.437 / (n - 4) of Bonett and
    Wright.

    Parameters
    ----------
    counts : Concordance
        Of two variables on n rows, neither constant; n above 4.
    ci_level : float
        Confidence level, 0-1.

    Returns
    -------
    Intervals
        Shape (1, 1); NaN where tau-b is perfect.

    References
    ----------
    Bonett & Wright (2000), Sample size requirements for estimating Pearson,
    Kendall and Spearman correlations, Psychometrika 65, 23-28.
    """
    row_count = len(counts.sums)
    estimate = np.full((1, 1), kendall_tau_b(counts))
    quantile = float(norm.ppf((1 + ci_level) / 2))
    if row_count < MIN_INFLUENCE_ROWS:
        error = np.sqrt(BONETT_WRIGHT_VARIANCE / (row_count - 4))
        errors, method = np.full((1, 1), error), "fisher_z_bonett_wright"
        return fisher_intervals(estimate, errors, quantile, method)
    length = np.linalg.norm(kendall_influence(counts)) / row_count
    with np.errstate(divide="ignore", invalid="ignore"):
        stretch = np.sqrt(row_count / (row_count - 3)) / (1 - estimate**2)
        errors = length * stretch
    return fisher_intervals(estimate, errors, quantile, "fisher_z_influence")
