with

verdicts as (

    select * from {{ ref('claim_verdicts') }}

),

study as (

    select * from {{ ref('study') }}

)

select
    verdicts.*,
    study.is_simulated

from verdicts
cross join study
