with

signal_values as (

    select * from {{ ref('signal_values') }}
    where value is not null

),

features as (

    select * from {{ ref('domain_features') }}

),

placed as (

    select
        signal_values.domain,
        signal_values.signal,
        signal_values.value,
        features.authority_decile,
        features.category

    from signal_values
    inner join features using (domain)

)

select
    domain,
    signal,
    {{ percentile('value', ['signal', 'authority_decile']) }}
        as authority_decile_percentile,
    {{ percentile('value', ['signal', 'category']) }}
        as category_percentile

from placed
