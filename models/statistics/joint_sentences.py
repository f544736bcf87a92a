"""One row per platform and outcome: what matters when all are in."""


def model(dbt, session):
    from linksignal.settings import read_settings
    from linksignal.stats.tables.joint_words import joint_sentence_table

    effects = dbt.ref("joint_effect_estimates")
    shares = dbt.ref("signal_importance_estimates")
    signals = dbt.ref("study_signals")
    settings = dbt.ref("study_settings")

    return joint_sentence_table(
        effects.df(),
        shares.df(),
        signals.order("sort_order").df(),
        read_settings(settings.fetchall()),
    )
