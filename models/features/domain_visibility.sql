-- Read by its data test:
-- depends_on: {{ ref('domain_prompt_halves') }}
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
        {%- for outcome in outcomes() %}
        {% if outcome.share_of -%}
        case
            when
                max(outcome_source) = 'answers'
                or count({{ outcome.outcome }}) = count(*)
                then round(avg({{ outcome.outcome }} order by platform), 12)
        end
        {%- else -%}
        case
            when count({{ outcome.outcome }}) = count(*)
                then sum({{ outcome.outcome }})::bigint
        end
        {%- endif %} as {{ outcome.outcome }},
        {%- endfor %}
        max(outcome_source) as outcome_source

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
