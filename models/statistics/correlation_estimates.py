"""One row per signal, outcome, platform, method and sensitivity."""


def model(dbt, session):
    from linksignal.stats.correlations import correlation_table
    from linksignal.stats.sensitivity.prompt_halves import with_halves

    features = dbt.ref("domain_features")
    halves = dbt.ref("domain_prompt_halves")
    signals = dbt.ref("signals")
    outcomes = dbt.ref("outcomes")
    platforms = dbt.ref("platforms")
    seed = dbt.config.meta_get("seed")
    resample_count = dbt.config.meta_get("resample_count")
    ci_level = dbt.config.meta_get("ci_level")

    study_platforms = platforms.filter("is_study_platform").order("sort_order")
    return correlation_table(
        with_halves(features.order("domain").df(), halves.df()),
        signals.order("sort_order").df(),
        outcomes.order("sort_order").df(),
        [*study_platforms.df()["platform"], "all"],
        seed=int(seed),
        resample_count=int(resample_count),
        ci_level=float(ci_level),
    )
