-- Read by its data test:
-- depends_on: {{ ref('claim_outcomes') }}
with

estimates as (

    select * from {{ ref('claim_part_estimates') }}

),

study as (

    select * from {{ ref('study') }}

)

select
    estimates.*,
    study.is_simulated

from estimates
cross join study
