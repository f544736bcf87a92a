-- Read by its data test:
-- depends_on: {{ ref('study_signals') }}
with

features as (

    select * from {{ ref('domain_features') }}

),

delivered as (

    select * from {{ ref('stg_domain_signals') }}

),

-- Of several sources of a signal, the one that covers most study domains.
sources as (

    select
        signal,
        source

    from delivered
    group by signal, source
    qualify
        row_number() over (
            partition by signal order by count(value) desc, source
        ) = 1

)

{% for signal in lookup('signals') if signal.expression -%}
select
    domain,
    '{{ signal.signal }}' as signal,
    ({{ signal.expression }})::double as value,
    null::varchar as source,
    null::date as as_of

from features
union all
{% endfor -%}
select
    features.domain,
    sources.signal,
    delivered.value,
    delivered.source,
    delivered.as_of

from features
cross join sources
left join delivered using (domain, signal, source)
