"""One row per signal, outcome, platform and decile of the signal."""


def model(dbt, session):
    from linksignal.stats.deciles import decile_profiles

    features = dbt.ref("domain_features")
    signals = dbt.ref("signals")
    outcomes = dbt.ref("outcomes")
    platforms = dbt.ref("platforms")
    ci_level = dbt.config.meta_get("ci_level")

    study_platforms = platforms.filter("is_study_platform").order("sort_order")
    return decile_profiles(
        features.order("domain").df(),
        signals.order("sort_order").df(),
        outcomes.order("sort_order").df(),
        [*study_platforms.df()["platform"], "all"],
        ci_level=float(ci_level),
    )
