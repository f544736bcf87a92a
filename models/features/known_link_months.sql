{%- set fewest_days = 21 -%} {#- most of a month -#}

with

months as (

    select * from {{ ref('panel_months') }}

),

snapshots as (

    select * from {{ ref('link_snapshots') }}

),

gains as (

    select * from {{ ref('referrer_gains') }}

),

dated_sources as (

    select distinct source from gains
    where is_dated_source

),

first_months as (

    select
        domain,
        source,
        min(month) as first_month

    from gains
    where is_dated_source and dated_referring_domains > 0
    group by domain, source

),

-- The first month of a domain in a tool holds all that it had before.
dated_months as (

    select
        first_months.domain,
        first_months.source,
        'links' as link_grain,
        months.month

    from first_months
    inner join snapshots using (domain, source)
    inner join months
        on
            first_months.first_month < months.month
            and last_day(months.month) <= snapshots.newest_as_of
    where snapshots.snapshot_id = snapshots.first_snapshot_id

),

covered_months as (

    select
        domain,
        source,
        link_grain,
        gap_month as month,
        case
            when link_grain = 'profile'
                then greatest(sum(gained_referring_domains), 0)
        end as gained_referring_domains

    from snapshots
    semi join months on snapshots.gap_month = months.month
    group by domain, source, link_grain, gap_month
    having sum(gap_days) >= {{ fewest_days }}

)

select
    *,
    null as gained_referring_domains

from dated_months
union all
select
    domain,
    source,
    link_grain,
    month,
    gained_referring_domains

from covered_months
where
    link_grain = 'profile'
    or source not in (select source from dated_sources)
