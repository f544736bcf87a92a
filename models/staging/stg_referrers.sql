{{ config(enabled=not reads_handover()) }}

with

backlinks as {{ inlined() }} (

    select * from {{ raw('backlinks') }}

),

snapshots as (

    select * from {{ ref('stg_backlink_snapshots') }}
    where is_in_study and {{ as_of_limit() }}

)

select
    snapshots.snapshot_id,
    backlinks.source_domain,
    -- A link cannot be seen before it is there; a day for time zones.
    case
        when backlinks.first_seen < snapshots.as_of + interval 2 day
            then backlinks.first_seen
    end as first_seen

from backlinks
inner join snapshots using (target_domain, source, as_of)
where backlinks.source_domain is distinct from backlinks.target_domain
