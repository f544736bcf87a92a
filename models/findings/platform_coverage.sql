with

platforms as (

    select * from {{ ref('platform_sources') }}

),

visibility as (

    select
        platform,
        count(*) as domain_count,
        count(ai_mentions) as domains_with_outcome,
        count(*) filter (where ai_mentions > 0) as referenced_domains,
        avg((ai_mentions = 0)::integer) as zero_share,
        sum(ai_mentions)::bigint as ai_mentions

    from {{ ref('domain_visibility') }}
    group by platform

),

study as (

    select * from {{ ref('study') }}

)

select
    visibility.platform,
    platforms.is_study_platform,
    platforms.outcome_source,
    platforms.is_in_all,
    platforms.totals_source,
    platforms.answer_count,
    platforms.branded_answers,
    platforms.unknown_branding_answers / nullif(platforms.answer_count, 0)
        as unknown_branding_share,
    platforms.undated_answers,
    platforms.first_answer_date,
    platforms.last_answer_date,
    visibility.domain_count,
    visibility.domains_with_outcome,
    visibility.referenced_domains,
    visibility.zero_share,
    visibility.ai_mentions,
    study.is_simulated

from visibility
inner join platforms using (platform)
cross join study
