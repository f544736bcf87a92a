"""How often the ledger says what is true, and what is not."""

from __future__ import annotations

import numpy as np
from linksignal.simulate.draws import draw_features
from linksignal.simulate.laws import Law, planted
from linksignal.stats.claims.ledger import ledger_of
from linksignal.stats.claims.rules import Verdict

from calibration.figures import (
    WRONG_VERDICTS,
    Figure,
    Place,
    share_of,
)
from calibration.truth import Truth, truths

ROW_COUNT = 1_000
ALPHA = 0.05

# Draws from the smooth law, for the kink of C1 and the share of C8.
BOOTSTRAP_DRAWS = 499

LEDGER_LAWS: dict[str, Law] = {
    "none": planted("none"),
    "smooth": planted("smooth", rho=0.6),
    "threshold": planted("threshold"),
    "nofollow_equals_follow": planted("nofollow_equals_follow"),
    "image_over_text": planted("image_over_text"),
    "platform_order": planted("platform_order"),
}

# Claims that the family-wise error rate is promised for.
TESTED_CLAIMS = ("C1", "C2", "C3", "C4", "C5", "C6", "C7")
CLAIMS = (*TESTED_CLAIMS, "C8")


def ledger_figures(
    name: str, truth_rows: int, draws: int, generator: np.random.Generator
) -> list[Figure]:
    """Hold the verdicts on drawn studies against what the law says.

    Parameters
    ----------
    name : str
        A key of `LEDGER_LAWS`.
    truth_rows : int
        Domains of the draw that says what is true.
    draws : int
        Studies of `ROW_COUNT` domains.
    generator : numpy.random.Generator
        Source of randomness.

    Returns
    -------
    list of Figure
        For each claim the share of each verdict, of right and of wrong ones,
        and of a support that would be significant if the claim stood alone;
        then the share of studies with any wrong support among C1 to C7, and
        with any wrong contradiction.
    """
    law = LEDGER_LAWS[name]
    verdicts: dict[str, list[str]] = {claim: [] for claim in CLAIMS}
    alone: dict[str, list[bool]] = {claim: [] for claim in CLAIMS}
    for draw in range(draws):
        features = draw_features(law, ROW_COUNT, generator)
        ledger = ledger_of(features, seed=draw, draw_count=BOOTSTRAP_DRAWS)
        for row in ledger.itertuples():
            verdicts[row.claim_id].append(str(row.verdict))
            alone[row.claim_id].append(bool(row.p_support <= ALPHA))
    true = truths(law, truth_rows)
    return [
        *(
            figure
            for claim in CLAIMS
            for place in [
                Place(name, ROW_COUNT, f"{claim} {true[claim].state}")
            ]
            for figure in _claim_figures(
                place, true[claim], verdicts[claim], alone[claim]
            )
        ),
        *_family_figures(Place(name, ROW_COUNT, "C1-C7"), true, verdicts),
    ]


def _claim_figures(
    place: Place, truth: Truth, verdicts: list[str], alone: list[bool]
) -> list[Figure]:
    shares = [
        share_of(f"verdict {one}", place, [found == one for found in verdicts])
        for one in Verdict
    ]
    return [
        *shares,
        share_of("verdict right", place, map(truth.is_right, verdicts)),
        share_of(
            "verdict wrong",
            place,
            map(truth.is_wrong, verdicts),
            WRONG_VERDICTS,
        ),
        share_of("support alone", place, alone),
    ]


def _family_figures(
    place: Place, true: dict[str, Truth], verdicts: dict[str, list[str]]
) -> list[Figure]:
    studies = [
        dict(zip(TESTED_CLAIMS, study, strict=True))
        for study in zip(
            *(verdicts[claim] for claim in TESTED_CLAIMS), strict=True
        )
    ]
    return [
        share_of(
            f"any claim {verdict} wrongly",
            place,
            [
                any(
                    one == verdict and true[claim].is_wrong(one)
                    for claim, one in study.items()
                )
                for study in studies
            ],
            WRONG_VERDICTS,
        )
        for verdict in (Verdict.SUPPORTED, Verdict.CONTRADICTED)
    ]
