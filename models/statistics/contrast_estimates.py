"""One row per pair of dependent correlations and method: their difference."""


def model(dbt, session):
    from linksignal.stats.contrasts.table import contrast_table

    features = dbt.ref("domain_features")
    signals = dbt.ref("signals")
    outcomes = dbt.ref("outcomes")
    platforms = dbt.ref("platforms")
    seed = dbt.config.meta_get("seed")
    resample_count = dbt.config.meta_get("resample_count")
    ci_level = dbt.config.meta_get("ci_level")
    equivalence_margin = dbt.config.meta_get("equivalence_margin")

    study_platforms = platforms.filter("is_study_platform").order("sort_order")
    return contrast_table(
        features.order("domain").df(),
        signals.order("sort_order").df(),
        outcomes.order("sort_order").df(),
        [*study_platforms.df()["platform"], "all"],
        seed=int(seed),
        resample_count=int(resample_count),
        ci_level=float(ci_level),
        equivalence_margin=float(equivalence_margin),
    )
