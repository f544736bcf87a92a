with

signal_values as (

    select * from {{ ref('signal_values') }}

),

percentiles as (

    select * from {{ ref('signal_percentiles') }}

),

study as (

    select * from {{ ref('study') }}

)

select
    signal_values.domain,
    signal_values.signal,
    signal_values.value,
    signal_values.source,
    signal_values.as_of,
    percentiles.authority_decile_percentile,
    percentiles.category_percentile,
    study.is_simulated

from signal_values
left join percentiles using (domain, signal)
cross join study
