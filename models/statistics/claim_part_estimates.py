"""One row per claim and part: what the findings say of it."""


def model(dbt, session):
    from linksignal.stats.claims.table import part_table
    from linksignal.stats.frames import with_outcomes

    correlations = dbt.ref("correlation_estimates")
    contrasts = dbt.ref("contrast_estimates")
    thresholds = dbt.ref("threshold_estimates")
    features = dbt.ref("domain_features")
    visibility = dbt.ref("domain_visibility")
    signals = dbt.ref("signals")
    outcomes = dbt.ref("outcomes")
    platforms = dbt.ref("platforms")
    ci_level = dbt.config.meta_get("ci_level")
    flat_ratio = dbt.config.meta_get("flat_ratio")
    link_count_tolerance = dbt.config.meta_get("link_count_tolerance")

    return part_table(
        correlations.df(),
        contrasts.df(),
        thresholds.df(),
        with_outcomes(features.order("domain").df(), visibility.df()),
        signals.df(),
        outcomes.df(),
        platforms.df(),
        ci_level=float(ci_level),
        flat_ratio=float(flat_ratio),
        link_count_tolerance=float(link_count_tolerance),
    )
