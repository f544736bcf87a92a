"""One row per claim and part: what the findings say of it."""


def model(dbt, session):
    from linksignal.settings import read_settings
    from linksignal.stats.claims.table import part_table
    from linksignal.stats.frames import study_frame

    correlations = dbt.ref("correlation_estimates")
    contrasts = dbt.ref("contrast_estimates")
    thresholds = dbt.ref("threshold_estimates")
    features = dbt.ref("domain_features")
    values = dbt.ref("signal_values")
    visibility = dbt.ref("domain_visibility")
    signals = dbt.ref("study_signals")
    outcomes = dbt.ref("outcomes")
    platforms = dbt.ref("platforms")
    settings = dbt.ref("study_settings")

    return part_table(
        correlations.df(),
        contrasts.df(),
        thresholds.df(),
        study_frame(features, values, signals, visibility.df()),
        signals.df(),
        outcomes.df(),
        platforms.df(),
        read_settings(settings.fetchall()),
    )
