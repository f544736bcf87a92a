with

study_domains as (

    select domain from {{ ref('stg_study_domains') }}

),

-- A half without answers tells nothing of the other one.
platforms as (

    select
        platform,
        bool_or(is_in_all) as is_in_all

    from {{ ref('answer_prompts') }}
    inner join {{ ref('platform_sources') }} using (platform)
    group by platform
    having count(distinct half) = 2

),

mentions as (

    select * from {{ ref('half_mentions') }}

),

by_platform as (

    select
        study_domains.domain,
        platforms.platform,
        platforms.is_in_all,
        halves.half,
        coalesce(mentions.ai_mentions, 0) as ai_mentions,
        coalesce(mentions.unbranded_mentions, 0) / nullif(
            sum(mentions.unbranded_mentions) over (
                partition by platforms.platform, halves.half
            ), 0
        )::double as share_of_voice

    from study_domains
    cross join platforms
    cross join (values ('odd'), ('even')) as halves (half)
    left join mentions using (domain, platform, half)

)

select
    domain,
    platform,
    half,
    ai_mentions,
    share_of_voice

from by_platform
union all
select
    domain,
    'all' as platform,
    half,
    sum(ai_mentions)::bigint as ai_mentions,
    round(avg(share_of_voice order by platform), 12) as share_of_voice

from by_platform
where is_in_all
group by domain, half
