{#- Snapshots farther apart do not tell the month of a gain. -#}
{%- set longest_gap_days = 45 -%}

with

snapshots as (

    select
        snapshot_id,
        target_domain as domain,
        source,
        'links' as link_grain,
        as_of,
        null::bigint as referring_domains

    from {{ ref('stg_backlink_snapshots') }}
    where is_in_study and {{ as_of_limit() }}
    union all
    select
        null as snapshot_id,
        domain,
        source,
        'profile' as link_grain,
        as_of,
        referring_domains

    from {{ ref('stg_profile_snapshots') }}

)

select
    *,
    min(snapshot_id) over series as first_snapshot_id,
    max(as_of) over series as newest_as_of,
    (as_of - lag(as_of) over in_order)::integer as gap_days,
    -- The month in which the middle of the time since the last one lies.
    case
        when gap_days <= {{ longest_gap_days }}
            then date_trunc('month', as_of - gap_days // 2)::date
    end as gap_month,
    referring_domains - lag(referring_domains) over in_order
        as gained_referring_domains

from snapshots
window
    series as (partition by domain, source, link_grain),
    in_order as (partition by domain, source, link_grain order by as_of)
