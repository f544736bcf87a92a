"""One row per platform and term: what came first, links or mentions."""


def model(dbt, session):
    from linksignal.settings import read_settings
    from linksignal.stats.frames import platforms_with_outcomes
    from linksignal.stats.tables.panel_effects import panel_table

    domain_months = dbt.ref("domain_months")
    windows = dbt.ref("panel_windows")
    visibility = dbt.ref("domain_visibility")
    features = dbt.ref("domain_features")
    platforms = dbt.ref("platforms")
    settings = dbt.ref("study_settings")

    return panel_table(
        domain_months,
        windows.df(),
        platforms_with_outcomes(
            visibility.project("platform, outcome_source").distinct().df(),
            platforms.order("sort_order").df(),
        ),
        features.project("domain, category, cluster").df(),
        read_settings(settings.fetchall()),
    )
