with

features as (

    select * from {{ ref('domain_features') }}

),

study as (

    select * from {{ ref('study') }}

)

select
    features.*,
    study.is_simulated

from features
cross join study
