with

known_months as (

    select * from {{ ref('known_link_months') }}

),

gains as (

    select * from {{ ref('referrer_gains') }}

)

select
    known_months.domain,
    known_months.source,
    known_months.link_grain,
    known_months.month,
    coalesce(
        known_months.gained_referring_domains,
        gains.new_referring_domains,
        0
    )::bigint as new_referring_domains

from known_months
left join gains
    on
        known_months.domain = gains.domain
        and known_months.source = gains.source
        and known_months.month = gains.month
        and known_months.link_grain = 'links'
