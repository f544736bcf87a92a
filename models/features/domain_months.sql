with

windows as (

    select * from {{ ref('panel_windows') }}

),

mentions as (

    select * from {{ ref('mention_months') }}

),

links as (

    select * from {{ ref('link_months') }}

),

named as (

    select distinct
        platform,
        domain

    from mentions

),

months as (

    select
        named.platform,
        named.domain,
        unnest(generate_series(
            windows.first_month, windows.last_month, interval 1 month
        ))::date as month

    from named
    inner join windows using (platform)

)

select
    months.platform,
    months.domain,
    months.month,
    coalesce(mentions.mentions, 0) as mentions,
    links.new_referring_domains,
    before.new_referring_domains as new_referring_domains_before,
    after.new_referring_domains as new_referring_domains_after

from months
left join mentions using (platform, domain, month)
left join links using (domain, month)
left join links as before
    on
        months.domain = before.domain
        and before.month = months.month - interval 1 month
left join links as after
    on
        months.domain = after.domain
        and after.month = months.month + interval 1 month
