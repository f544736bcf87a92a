with

study_domains as (

    select domain from {{ ref('stg_study_domains') }}

),

platforms as (

    select * from {{ ref('platform_sources') }}

),

mentions as (

    select * from {{ ref('answer_mentions') }}

),

totals as (

    select
        *,
        -- Two counts of answers of which the overlap is unknown: at least the
        -- larger one.
        greatest(mentions, citations) as ai_mentions

    from {{ ref('stg_ai_totals') }}

),

from_answers as (

    select
        study_domains.domain,
        platforms.platform,
        platforms.outcome_source,
        coalesce(mentions.ai_mentions, 0) as ai_mentions,
        coalesce(mentions.citations, 0) as citations,
        coalesce(mentions.brand_mentions, 0) as brand_mentions,
        coalesce(mentions.unbranded_mentions, 0) as unbranded_mentions,
        coalesce(mentions.unbranded_mentions, 0) / nullif(
            sum(mentions.unbranded_mentions) over (
                partition by platforms.platform
            ), 0
        )::double as share_of_voice

    from study_domains
    cross join platforms
    left join mentions using (domain, platform)
    where platforms.outcome_source = 'answers'

),

without_answers as (

    select
        study_domains.domain,
        platforms.platform,
        platforms.outcome_source,
        totals.ai_mentions,
        totals.citations,
        totals.mentions as brand_mentions,
        null as unbranded_mentions,
        totals.share_of_voice

    from study_domains
    cross join platforms
    left join totals
        on
            study_domains.domain = totals.domain
            and platforms.platform = totals.platform
            and platforms.totals_source = totals.source
    where platforms.outcome_source is distinct from 'answers'

)

select * from from_answers
union all
select * from without_answers
