with

by_platform as (

    select * from {{ ref('platform_visibility') }}

),

-- Totals cover another period and other prompts: never added to answers.
all_platforms as (

    select
        domain,
        'all' as platform,
        outcome_source,
        sum(ai_mentions)::bigint as ai_mentions,
        sum(cited_answers)::bigint as cited_answers,
        sum(mentioned_answers)::bigint as mentioned_answers,
        sum(unbranded_mentions)::bigint as unbranded_mentions,
        avg(share_of_voice) as share_of_voice

    from by_platform
    group by domain, outcome_source
    qualify
        row_number() over (
            partition by domain order by outcome_source nulls last
        ) = 1

)

select * from by_platform
union all
select * from all_platforms
