"""One row per claim of the study, made of its parts."""


def model(dbt, session):
    from linksignal.settings import read_settings
    from linksignal.stats.claims.table import claim_table

    parts = dbt.ref("claim_part_estimates")
    claims = dbt.ref("study_claims")
    outcomes = dbt.ref("claim_outcomes")
    settings = dbt.ref("study_settings")

    return claim_table(
        parts.order("claim_id").df(),
        claims.order("claim_id").df(),
        outcomes.df(),
        read_settings(settings.fetchall()),
    )
