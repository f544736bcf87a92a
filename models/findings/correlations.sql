-- Read by its data test:
-- depends_on: {{ ref('statuses') }}
with

estimates as (

    select * from {{ ref('correlation_estimates') }}

),

outcomes as (

    select * from {{ ref('outcomes') }}

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
    estimates.standard_error,
    estimates.degrees_of_freedom,
    estimates.ci_low,
    estimates.ci_high,
    estimates.ci_level,
    estimates.ci_method,
    estimates.p_value,
    estimates.p_method,
    estimates.p_adjusted,
    estimates.adjust_method,
    estimates.p_family_wise,
    estimates.ceiling,
    estimates.share_of_ceiling,
    estimates.auc,
    estimates.se_prompt,
    estimates.ci_low_new_prompts,
    estimates.ci_high_new_prompts,
    estimates.zero_signal_share,
    estimates.zero_outcome_share,
    estimates.tied_signal_share,
    estimates.tied_outcome_share,
    estimates.n_eff,
    estimates.smallest_detectable_r,
    estimates.is_reliable,
    estimates.status,
    estimates.reason,
    estimates.seed,
    estimates.input_hash,
    estimates.method = 'spearman'
    and estimates.sensitivity = 'none'
    and outcomes.is_main as is_main,
    study.is_simulated

from estimates
inner join outcomes using (outcome)
cross join study
