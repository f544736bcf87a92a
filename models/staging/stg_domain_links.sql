{{ config(enabled=reads_handover()) }}

with

handed_over as (

    select * from {{ handed_over('domain_links') }}

),

snapshots as (

    select * from {{ ref('stg_backlink_snapshots') }}
    where is_newest and is_in_study

)

-- What Spark counted of the same snapshot: one with more records by now has
-- no counts, and a data test of domain_links fails.
select
    snapshots.snapshot_id,
    handed_over.* exclude (
        domain, source, as_of, record_count, link_count, is_several_loads,
        snapshot_id, handed_over_by
    )

from snapshots
inner join handed_over
    on
        snapshots.target_domain = handed_over.domain
        and snapshots.source = handed_over.source
        and snapshots.as_of = handed_over.as_of
        and snapshots.record_count = handed_over.record_count
