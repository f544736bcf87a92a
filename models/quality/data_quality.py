"""One row per expectation on the tables of findings."""


def model(dbt, session):
    from linksignal.quality.expectations import (
        asked_frames,
        read_suites,
        run_suites,
    )

    authority_thresholds = dbt.ref("authority_thresholds")
    claim_parts = dbt.ref("claim_parts")
    claims = dbt.ref("claims")
    correlation_contrasts = dbt.ref("correlation_contrasts")
    correlations = dbt.ref("correlations")
    deciles = dbt.ref("deciles")
    domains = dbt.ref("domains")
    platform_coverage = dbt.ref("platform_coverage")
    replication = dbt.ref("replication")

    tables = {
        "authority_thresholds": authority_thresholds,
        "claim_parts": claim_parts,
        "claims": claims,
        "correlation_contrasts": correlation_contrasts,
        "correlations": correlations,
        "deciles": deciles,
        "domains": domains,
        "platform_coverage": platform_coverage,
        "replication": replication,
    }
    suites = read_suites()
    return run_suites(asked_frames(tables, suites), suites)
