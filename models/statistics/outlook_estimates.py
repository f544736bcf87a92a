"""One row per study domain and platform: mentions that are to be expected."""


def model(dbt, session):
    from linksignal.settings import read_settings
    from linksignal.stats.frames import platforms_with_outcomes, study_frame
    from linksignal.stats.tables.outlook import outlook_table

    features = dbt.ref("domain_features")
    values = dbt.ref("signal_values")
    visibility = dbt.ref("domain_visibility")
    signals = dbt.ref("study_signals")
    platforms = dbt.ref("platforms")
    settings = dbt.ref("study_settings")

    outcomes_of_domains = visibility.df()
    return outlook_table(
        study_frame(features, values, signals, outcomes_of_domains),
        signals.order("sort_order").df(),
        platforms_with_outcomes(
            outcomes_of_domains, platforms.order("sort_order").df()
        ),
        read_settings(settings.fetchall()),
    )
