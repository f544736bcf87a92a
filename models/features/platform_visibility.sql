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
        domain,
        platform,
        {%- for outcome in outcomes() %}
        {{ outcome.from_totals or 'null' }} as {{ outcome.outcome }},
        {%- endfor %}
        source

    from {{ ref('stg_ai_totals') }}

),

from_answers as (

    select
        study_domains.domain,
        platforms.platform,
        {{ outcomes_of_answers('mentions', 'platforms.platform') }},
        platforms.outcome_source

    from study_domains
    cross join platforms
    left join mentions using (domain, platform)
    where platforms.outcome_source = 'answers'

),

without_answers as (

    select
        study_domains.domain,
        platforms.platform,
        {%- for outcome in outcomes() %}
        totals.{{ outcome.outcome }},
        {%- endfor %}
        platforms.outcome_source

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
