"""Two questions apart: is a domain mentioned at all, and how often if so."""

from __future__ import annotations

import warnings

import numpy as np
from statsmodels.discrete.truncated_model import TruncatedLFNegativeBinomialP
from statsmodels.genmod.families import Binomial
from statsmodels.genmod.generalized_linear_model import GLM

from linksignal.stats.arrays import Booleans, Floats
from linksignal.stats.rules import (
    MIN_OFF_MODE_ROWS,
    Status,
    pair_status,
    profile,
)
from linksignal.stats.thresholds.measures import (
    POINTS_PER_STEP,
    Measure,
    count_status,
    known_pairs,
    wald_measure,
    without_numbers,
)

CI_METHOD = "wald_sandwich"
MAX_ITERATIONS = 200


def any_mention_slope(
    scores: Floats, counts: Floats, ci_level: float = 0.95
) -> Measure:
    """Fit the log odds of being mentioned at all over the score.

    Parameters
    ----------
    scores, counts : ndarray, shape (n,)
        Score and count of each domain; a missing value is NaN.
    ci_level : float, default 0.95
        Confidence level, 0-1.

    Returns
    -------
    Measure
        Log odds ratio per 10 points of score by logistic regression, with
        the sandwich standard error (HC0). ``not_converged`` where a score
        separates the mentioned from the others: the slope is infinite.
    """
    scores, counts = known_pairs(scores, counts)
    broken = _broken_rule(scores, counts)
    if broken is not None:
        return broken
    is_mentioned = counts > 0
    status = pair_status(
        len(scores), profile(scores), profile(is_mentioned.astype(np.float64))
    )
    if status is not Status.OK:
        return without_numbers(
            len(scores),
            status,
            f"Fewer than {MIN_OFF_MODE_ROWS} domains are mentioned, or fewer "
            "are not.",
        )
    if _separates(scores, is_mentioned):
        return without_numbers(
            len(scores),
            Status.NOT_CONVERGED,
            "A score separates the mentioned domains from the others.",
        )
    design, scale = _design(scores)
    fit = GLM(is_mentioned, design, Binomial()).fit(cov_type="HC0")
    if not fit.converged:
        return without_numbers(len(scores), Status.NOT_CONVERGED)
    return wald_measure(
        len(scores),
        float(fit.params[1] * scale),
        float(fit.bse[1] * scale),
        ci_level,
        ci_method=CI_METHOD,
    )


def how_many_slope(
    scores: Floats, counts: Floats, ci_level: float = 0.95
) -> Measure:
    """Fit the number of mentions over the score, among the mentioned.

    Parameters
    ----------
    scores, counts : ndarray, shape (n,)
        Score and count of each domain; a missing value is NaN.
    ci_level : float, default 0.95
        Confidence level, 0-1.

    Returns
    -------
    Measure
        Slope per 10 points of score of the log mean of the negative
        binomial whose zeros were cut off, with the sandwich standard error.
        n counts the mentioned domains.

    References
    ----------
    Mullahy (1986), Specification and testing of some modified count data
    models, Journal of Econometrics 33, 341-365.
    """
    scores, counts = known_pairs(scores, counts)
    broken = _broken_rule(scores, counts)
    if broken is not None:
        return broken
    scores, counts = scores[counts > 0], counts[counts > 0]
    status = count_status(scores, counts)
    if status is not Status.OK:
        return without_numbers(
            len(scores),
            status,
            "Too few mentioned domains differ in score and mentions.",
        )
    return _truncated_slope(scores, counts, ci_level)


def _broken_rule(scores: Floats, counts: Floats) -> Measure | None:
    """Say what no part of the view can do without."""
    status = count_status(scores, counts)
    needs = (Status.NO_OVERLAP, Status.TOO_FEW, Status.UNRELIABLE)
    constant = (Status.CONSTANT_SIGNAL, Status.CONSTANT_OUTCOME)
    if status in needs + constant:
        return without_numbers(len(scores), status)
    return None


def _separates(scores: Floats, is_mentioned: Booleans) -> bool:
    """Tell whether a score parts the mentioned from the others."""
    with_mention, without = scores[is_mentioned], scores[~is_mentioned]
    return bool(
        with_mention.min() >= without.max()
        or without.min() >= with_mention.max()
    )


def _design(scores: Floats) -> tuple[Floats, float]:
    """Standard scores beside a constant, and the way back to 10 points."""
    spread = scores.std()
    standard = (scores - scores.mean()) / spread
    design = np.column_stack([np.ones(len(scores)), standard])
    return design, float(POINTS_PER_STEP / spread)


def _truncated_slope(
    scores: Floats, counts: Floats, ci_level: float
) -> Measure:
    design, scale = _design(scores)
    model = TruncatedLFNegativeBinomialP(counts, design)
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        # The search may pass where the likelihood is undefined; what counts
        # is where it ends, and that is checked.
        warnings.simplefilter("ignore")
        try:
            fit = model.fit(
                method="bfgs", maxiter=MAX_ITERATIONS, disp=0, cov_type="HC0"
            )
        except np.linalg.LinAlgError:
            return without_numbers(len(scores), Status.NOT_CONVERGED)
    if not (fit.mle_retvals["converged"] and fit.params[-1] > 0):
        return without_numbers(len(scores), Status.NOT_CONVERGED)
    return wald_measure(
        len(scores),
        float(fit.params[1] * scale),
        float(fit.bse[1] * scale),
        ci_level,
        ci_method=CI_METHOD,
    )
