"""One row per signal, outcome, platform, method and sensitivity."""


def model(dbt, session):
    from linksignal.settings import read_settings
    from linksignal.stats.frames import platforms_with_outcomes, study_frame
    from linksignal.stats.tables.correlations import correlation_table
    from linksignal.stats.tables.sensitivities import with_halves

    features = dbt.ref("domain_features")
    values = dbt.ref("signal_values")
    visibility = dbt.ref("domain_visibility")
    halves = dbt.ref("domain_prompt_halves")
    prompt_groups = dbt.ref("domain_prompt_groups")
    signals = dbt.ref("study_signals")
    outcomes = dbt.ref("outcomes")
    platforms = dbt.ref("platforms")
    settings = dbt.ref("study_settings")

    outcomes_of_domains = visibility.df()
    return correlation_table(
        with_halves(
            study_frame(features, values, signals, outcomes_of_domains),
            halves.df(),
        ),
        signals.order("sort_order").df(),
        outcomes.order("sort_order").df(),
        platforms_with_outcomes(
            outcomes_of_domains, platforms.order("sort_order").df()
        ),
        read_settings(settings.fetchall()),
        prompt_groups=prompt_groups.df(),
    )
