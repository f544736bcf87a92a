"""One row per platform, signal, outcome, quantity: thresholds of authority."""


def model(dbt, session):
    from linksignal.settings import read_settings
    from linksignal.stats.frames import platforms_with_outcomes, study_frame
    from linksignal.stats.tables.thresholds import threshold_table

    features = dbt.ref("domain_features")
    values = dbt.ref("signal_values")
    signals = dbt.ref("study_signals")
    visibility = dbt.ref("domain_visibility")
    platforms = dbt.ref("platforms")
    settings = dbt.ref("study_settings")

    outcomes_of_domains = visibility.df()
    return threshold_table(
        study_frame(features, values, signals, outcomes_of_domains),
        platforms_with_outcomes(
            outcomes_of_domains, platforms.order("sort_order").df()
        ),
        read_settings(settings.fetchall()),
    )
