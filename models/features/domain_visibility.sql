{%- set counts = [
    'ai_mentions', 'citations', 'brand_mentions', 'unbranded_mentions',
] -%}

with

by_platform as (

    select * from {{ ref('platform_visibility') }}

),

platforms as (

    select * from {{ ref('platform_sources') }}

),

-- A domain that one platform's totals leave out has no sum over all of them.
all_platforms as (

    select
        by_platform.domain,
        'all' as platform,
        max(by_platform.outcome_source) as outcome_source,
        {%- for column in counts %}
        case
            when count(by_platform.{{ column }}) = count(*)
                then sum(by_platform.{{ column }})::bigint
        end as {{ column }},
        {%- endfor %}
        case
            when
                max(by_platform.outcome_source) = 'answers'
                or count(by_platform.share_of_voice) = count(*)
                then round(avg(by_platform.share_of_voice order by platform), 12)
        end as share_of_voice

    from by_platform
    inner join platforms using (platform)
    where platforms.is_in_all
    group by by_platform.domain

),

-- Nothing is known where no platform has answers or totals.
all_rows as (

    select
        domains.domain,
        'all' as platform,
        all_platforms.* exclude (domain, platform)

    from (select distinct domain from by_platform) as domains
    left join all_platforms using (domain)

)

select * from by_platform
union all by name
select * from all_rows
