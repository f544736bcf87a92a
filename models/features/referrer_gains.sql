with

referrers as (

    select * from {{ ref('referrer_months') }}

),

snapshots as (

    select * from {{ ref('link_snapshots') }}
    where link_grain = 'links'

),

gains as (

    select
        snapshots.domain,
        snapshots.source,
        referrers.new_referring_domains,
        coalesce(referrers.seen_month, snapshots.gap_month) as month,
        case
            when referrers.seen_month is not null
                then referrers.new_referring_domains
            else 0
        end as dated_referring_domains

    from referrers
    inner join snapshots using (snapshot_id)

)

select
    domain,
    source,
    month,
    sum(new_referring_domains)::bigint as new_referring_domains,
    sum(dated_referring_domains)::bigint as dated_referring_domains,
    -- Of a tool that dates few, months without a date are no zeros.
    2 * sum(sum(dated_referring_domains)) over of_source
    >= sum(sum(new_referring_domains)) over of_source as is_dated_source

from gains
group by domain, source, month
window of_source as (partition by source)
