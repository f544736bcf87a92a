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
        {{ outcomes_of_answers(
            'mentions', 'platforms.platform, halves.half', 'is_main'
        ) }},
        halves.half

    from study_domains
    cross join platforms
    cross join (values ('odd'), ('even')) as halves (half)
    left join mentions using (domain, platform, half)

)

select * exclude (is_in_all)

from by_platform
union all by name
select
    domain,
    'all' as platform,
    {%- for outcome in outcomes('is_main') %}
    {% if outcome.share_of -%}
    round(avg({{ outcome.outcome }} order by platform), 12)
    {%- else -%}
    sum({{ outcome.outcome }})::bigint
    {%- endif %} as {{ outcome.outcome }},
    {%- endfor %}
    half

from by_platform
where is_in_all
group by domain, half
