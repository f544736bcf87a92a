-- Read by its data test:
-- depends_on: {{ ref('statuses') }}
-- depends_on: {{ ref('standings') }}
with

estimates as (

    select * from {{ ref('outlook_estimates') }}

),

study as (

    select * from {{ ref('study') }}

)

select
    estimates.*,
    study.is_simulated

from estimates
cross join study
