"""One row per platform, signal, outcome, quantity: thresholds of authority."""


def model(dbt, session):
    from linksignal.stats.frames import platforms_with_outcomes, with_outcomes
    from linksignal.stats.tables.thresholds import threshold_table

    features = dbt.ref("domain_features")
    visibility = dbt.ref("domain_visibility")
    platforms = dbt.ref("platforms")
    seed = dbt.config.meta_get("seed")
    draw_count = dbt.config.meta_get("draw_count")
    ci_level = dbt.config.meta_get("ci_level")

    outcomes_of_domains = visibility.df()
    return threshold_table(
        with_outcomes(features.order("domain").df(), outcomes_of_domains),
        platforms_with_outcomes(
            outcomes_of_domains, platforms.order("sort_order").df()
        ),
        seed=int(seed),
        draw_count=int(draw_count),
        ci_level=float(ci_level),
    )
