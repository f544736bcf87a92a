with

signal_values as (

    select * from {{ ref('signal_values') }}

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
    study.is_simulated

from signal_values
cross join study
