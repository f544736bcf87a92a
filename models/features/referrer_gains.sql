with

referrers as not materialized (

    select * from {{ ref('stg_referrers') }}

),

snapshots as (

    select * from {{ ref('link_snapshots') }}
    where link_grain = 'links'

),

-- Without months to hold gains against, nobody reads the links again.
panel as (

    select count(*) > 0 as has_months

    from {{ ref('panel_windows') }}
    where months >= fewest_months

),

-- Of a referring domain its hash is enough.
pairs as (

    select
        snapshots.first_snapshot_id,
        min(referrers.first_seen) as first_seen,
        min(referrers.snapshot_id) as snapshot_id

    from referrers
    inner join snapshots using (snapshot_id)
    where (select has_months from panel)
    group by snapshots.first_snapshot_id, hash(referrers.source_domain)

)

select
    snapshots.domain,
    snapshots.source,
    case
        when pairs.first_seen is not null
            then date_trunc(
                    'month', least(pairs.first_seen::date, snapshots.as_of)
                )::date
        else snapshots.gap_month
    end as month,
    count(*) as new_referring_domains,
    count(pairs.first_seen) as dated_referring_domains,
    -- Of a tool that dates few, months without a date are no zeros.
    2 * sum(count(pairs.first_seen)) over of_source
    >= sum(count(*)) over of_source as is_dated_source

from pairs
inner join snapshots using (snapshot_id)
group by snapshots.domain, snapshots.source, month
window of_source as (partition by snapshots.source)
