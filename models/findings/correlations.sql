with

estimates as (

    select * from {{ ref('correlation_estimates') }}

),

study as (

    select * from {{ ref('study') }}

)

select
    estimates.signal,
    estimates.outcome,
    estimates.platform,
    estimates.method,
    estimates.sensitivity,
    estimates.controls,
    estimates.influential_domain,
    estimates.n,
    estimates.estimate,
    estimates.ci_low,
    estimates.ci_high,
    estimates.ci_level,
    estimates.ci_method,
    estimates.p_value,
    estimates.p_adjusted,
    estimates.adjust_method,
    estimates.p_family_wise,
    estimates.zero_signal_share,
    estimates.zero_outcome_share,
    estimates.tied_signal_share,
    estimates.tied_outcome_share,
    estimates.n_eff,
    estimates.smallest_detectable_r,
    estimates.is_reliable,
    estimates.status,
    estimates.resample_count,
    estimates.seed,
    estimates.input_hash,
    study.is_simulated

from estimates
cross join study
