"""One row per claim and part: what the findings say of it."""


def model(dbt, session):
    from linksignal.settings import read_settings
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
    settings = dbt.ref("study_settings")

    return part_table(
        correlations.df(),
        contrasts.df(),
        thresholds.df(),
        with_outcomes(features.order("domain").df(), visibility.df()),
        signals.df(),
        outcomes.df(),
        platforms.df(),
        read_settings(settings.fetchall()),
    )
