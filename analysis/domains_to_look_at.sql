-- Domains that are mentioned most out of step with their authority: mentions
-- on all platforms beside the median of their authority decile. An oddity to
-- look into, not a forecast.

with

domains as (

    select * from {{ ref('domains') }}

),

outcomes as (

    select * from {{ ref('domain_outcomes') }}

),

known as (

    select
        domains.domain,
        domains.category,
        domains.authority_score,
        domains.authority_decile,
        outcomes.value as ai_mentions,
        median(outcomes.value)
            over (partition by domains.authority_decile)
            as decile_median

    from domains
    inner join outcomes using (domain)
    where
        outcomes.platform = 'all'
        and outcomes.outcome = 'ai_mentions'
        and outcomes.value is not null
        and domains.authority_decile is not null

)

select
    *,
    round(ln((ai_mentions + 1) / (decile_median + 1)), 2) as log_ratio

from known
order by abs(log_ratio) desc, domain
