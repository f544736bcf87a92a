"""One row per comparison and method: the difference."""


def model(dbt, session):
    from linksignal.stats.frames import platforms_with_outcomes, with_outcomes
    from linksignal.stats.tables.contrasts import contrast_table

    features = dbt.ref("domain_features")
    visibility = dbt.ref("domain_visibility")
    prompt_groups = dbt.ref("domain_prompt_groups")
    signals = dbt.ref("signals")
    outcomes = dbt.ref("outcomes")
    platforms = dbt.ref("platforms")
    seed = dbt.config.meta_get("seed")
    ci_level = dbt.config.meta_get("ci_level")
    equivalence_margin = dbt.config.meta_get("equivalence_margin")

    outcomes_of_domains = visibility.df()
    return contrast_table(
        with_outcomes(features.order("domain").df(), outcomes_of_domains),
        signals.order("sort_order").df(),
        outcomes.order("sort_order").df(),
        platforms_with_outcomes(
            outcomes_of_domains, platforms.order("sort_order").df()
        ),
        seed=int(seed),
        ci_level=float(ci_level),
        equivalence_margin=float(equivalence_margin),
        prompt_groups=prompt_groups.df(),
    )
