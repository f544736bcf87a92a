with

visibility as (

    select * from {{ ref('domain_visibility') }}
    where outcome_source is not null or platform = 'all'

),

study as (

    select * from {{ ref('study') }}

),

outcome_values as (

    {% for outcome in outcomes() -%}
    select
        domain,
        platform,
        '{{ outcome.outcome }}' as outcome,
        {{ outcome.outcome }}::double as value,
        outcome_source

    from visibility
    {% if not loop.last %}union all{% endif %}
    {% endfor %}

)

select
    outcome_values.domain,
    outcome_values.platform,
    outcome_values.outcome,
    outcome_values.value,
    outcome_values.outcome_source,
    study.is_simulated

from outcome_values
cross join study
