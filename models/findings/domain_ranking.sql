with

domains as (

    select * from {{ ref('domains') }}

),

domain_outcomes as (

    select * from {{ ref('domain_outcomes') }}

),

coverage as (

    select max(last_answer_date) as last_answer_date
    from {{ ref('platform_coverage') }}

),

named as (

    select
        domain,
        max(value) filter (
            where platform = 'all' and outcome = 'ai_mentions'
        )::bigint as ai_mentions,
        max(value) filter (
            where platform = 'all' and outcome = 'share_of_voice'
        ) as share_of_voice,
        count(*) filter (
            where
            platform <> 'all'
            and outcome = 'ai_mentions'
            and value > 0
        ) as naming_platforms

    from domain_outcomes
    group by domain

)

select
    if(
        named.ai_mentions is null,
        null,
        rank() over (order by named.ai_mentions desc nulls last)
    ) as mention_rank,
    domains.domain,
    domains.category,
    domains.owner,
    named.ai_mentions,
    named.share_of_voice,
    named.naming_platforms,
    domains.authority_score,
    domains.authority_decile,
    domains.referring_domains,
    domains.total_backlinks,
    coverage.last_answer_date,
    domains.is_simulated

from domains
left join named using (domain)
cross join coverage
