{%- set counts = [
    'ai_mentions', 'citations', 'brand_mentions', 'unbranded_mentions',
] -%}

with

by_platform as (

    select * from {{ ref('platform_visibility') }}

),

summed_platforms as (

    select platform from {{ ref('platform_sources') }}
    where is_in_all

),

-- A domain that one platform's totals leave out has no sum over all of them.
sums as (

    select
        domain,
        max(outcome_source) as outcome_source,
        {%- for column in counts %}
        case
            when count({{ column }}) = count(*)
                then sum({{ column }})::bigint
        end as {{ column }},
        {%- endfor %}
        case
            when
                max(outcome_source) = 'answers'
                or count(share_of_voice) = count(*)
                then round(avg(share_of_voice order by platform), 12)
        end as share_of_voice

    from by_platform
    semi join summed_platforms using (platform)
    group by domain

),

-- Nothing is known where no platform has answers or totals.
all_platforms as (

    select
        domains.domain,
        'all' as platform,
        sums.* exclude (domain)

    from (select distinct domain from by_platform) as domains
    left join sums using (domain)

)

select * from by_platform
union all by name
select * from all_platforms
