-- Read by its data test:
-- depends_on: {{ ref('statuses') }}
with

profiles as (

    select * from {{ ref('decile_profiles') }}

),

study as (

    select * from {{ ref('study') }}

)

select
    profiles.signal,
    profiles.outcome,
    profiles.platform,
    profiles.decile,
    profiles.n,
    profiles.signal_min,
    profiles.signal_max,
    profiles.median,
    profiles.ci_low,
    profiles.ci_high,
    profiles.ci_level,
    profiles.ci_method,
    profiles.mean,
    profiles.zero_share,
    profiles.status,
    profiles.reason,
    study.is_simulated

from profiles
cross join study
