"""One row per platform and quantity: does authority matter beyond a point."""


def model(dbt, session):
    from linksignal.stats.thresholds.table import threshold_table

    features = dbt.ref("domain_features")
    platforms = dbt.ref("platforms")
    seed = dbt.config.meta_get("seed")
    draw_count = dbt.config.meta_get("draw_count")
    ci_level = dbt.config.meta_get("ci_level")

    study_platforms = platforms.filter("is_study_platform").order("sort_order")
    return threshold_table(
        features.order("domain").df(),
        [*study_platforms.df()["platform"], "all"],
        seed=int(seed),
        draw_count=int(draw_count),
        ci_level=float(ci_level),
    )
