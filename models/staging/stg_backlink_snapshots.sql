{{ config(materialized='table') }}

with

loads as (

    select * from {{ ref('stg_snapshot_loads') }}

),

study_domains as (

    select * from {{ ref('stg_study_domains') }}

),

snapshots as (

    select
        target_domain,
        source,
        as_of,
        sum(record_count)::bigint as record_count,
        sum(link_count)::bigint as link_count,
        min(load_id) <> max(load_id) as is_several_loads,
        bool_and(is_in_ledger) as is_in_ledger

    from loads
    group by target_domain, source, as_of

),

latest as (

    select
        target_domain,
        source,
        max(as_of) as as_of

    from snapshots
    where {{ as_of_limit() }}
    group by target_domain, source

)

select
    snapshots.*,
    latest.as_of is not null as is_newest,
    study_domains.domain is not null as is_in_study,
    (row_number() over (
        order by
            snapshots.target_domain asc nulls last,
            snapshots.source asc nulls last,
            snapshots.as_of asc nulls last
    ))::integer as snapshot_id

from snapshots
left join latest using (target_domain, source, as_of)
left join study_domains
    on snapshots.target_domain = study_domains.domain
