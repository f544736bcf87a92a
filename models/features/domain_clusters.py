"""One row per study domain: the cluster it belongs to."""


def model(dbt, session):
    from linksignal.clusters import owner_clusters

    study_domains = dbt.ref("stg_study_domains")
    shared_names = dbt.ref("shared_names")

    return owner_clusters(
        study_domains.project("domain, owner").order("domain").df(),
        shared_names.df(),
    )
