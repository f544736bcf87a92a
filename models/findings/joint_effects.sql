-- Read by its data test:
-- depends_on: {{ ref('statuses') }}
with

estimates as (

    select * from {{ ref('joint_effect_estimates') }}

),

study as (

    select * from {{ ref('study') }}

)

select
    estimates.*,
    study.is_simulated

from estimates
cross join study
