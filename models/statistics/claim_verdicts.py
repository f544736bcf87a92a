"""One row per claim of the study: what the data say of it."""


def model(dbt, session):
    from linksignal.stats.claims.table import claim_table
    from linksignal.stats.frames import with_outcomes

    contrasts = dbt.ref("contrast_estimates")
    thresholds = dbt.ref("threshold_estimates")
    features = dbt.ref("domain_features")
    visibility = dbt.ref("domain_visibility")
    platforms = dbt.ref("platforms")
    claims = dbt.ref("study_claims")
    ci_level = dbt.config.meta_get("ci_level")
    equivalence_margin = dbt.config.meta_get("equivalence_margin")
    link_count_tolerance = dbt.config.meta_get("link_count_tolerance")

    return claim_table(
        contrasts.df(),
        thresholds.df(),
        with_outcomes(features.order("domain").df(), visibility.df()),
        platforms.order("sort_order").df(),
        claims.order("claim_id").df(),
        ci_level=float(ci_level),
        equivalence_margin=float(equivalence_margin),
        link_count_tolerance=float(link_count_tolerance),
    )
