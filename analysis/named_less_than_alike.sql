-- Domains that are named less than domains with their signals, those first
-- that lack most mentions, and where to look: the signal in which they are
-- furthest below their category, sources of answers that name rivals without
-- them, sites that link to better-named rivals. Some of them stand here by
-- construction (by_chance_count): a list of where to look, no forecast.

with

outlook as (

    select * from {{ ref('domain_outlook') }}
    where platform = 'all' and standing = 'less'

),

signals as (

    select * from {{ ref('domain_signals') }}
    where category_percentile is not null

),

sources as (

    select
        domain,
        cited_domain,
        sum(absent_answers) as absent_answers

    from {{ ref('source_opportunities') }}
    group by domain, cited_domain

),

links as (

    select * from {{ ref('link_opportunities') }}

),

lowest_signals as (

    select
        domain,
        min_by(signal, (category_percentile, signal)) as lowest_signal,
        min(category_percentile) as lowest_percentile

    from signals
    group by domain

),

first_sources as (

    select
        domain,
        string_agg(
            cited_domain, ', ' order by absent_answers desc, cited_domain asc
        ) as sources_beside_rivals

    from sources
    group by domain

),

first_links as (

    select
        domain,
        string_agg(
            linking_domain, ', ' order by rivals desc, linking_domain asc
        ) as sites_that_link_to_rivals

    from links
    group by domain

)

select
    outlook.domain,
    outlook.ai_mentions,
    round(outlook.expected_mentions, 1) as expected_mentions,
    outlook.prediction_low,
    outlook.standing_count,
    round(outlook.by_chance_count) as by_chance_count,
    lowest_signals.lowest_signal,
    round(lowest_signals.lowest_percentile) as lowest_percentile,
    first_sources.sources_beside_rivals,
    first_links.sites_that_link_to_rivals

from outlook
left join lowest_signals using (domain)
left join first_sources using (domain)
left join first_links using (domain)
order by
    outlook.expected_mentions - outlook.ai_mentions desc,
    outlook.domain asc
