with

correlations as (

    select * from {{ ref('correlations') }}
    where is_main

),

signals as (

    select * from {{ ref('study_signals') }}

),

outcomes as (

    select * from {{ ref('outcomes') }}

),

platforms as (

    select * from {{ ref('platforms') }}

),

statuses as (

    select * from {{ ref('statuses') }}

),

coverage as (

    select * from {{ ref('platform_coverage') }}

),

answer_dates as (

    select
        platform,
        last_answer_date

    from coverage

    union all

    select
        'all' as platform,
        max(last_answer_date) as last_answer_date

    from coverage
    where is_in_all

)

select
    correlations.signal,
    signals.label as signal_label,
    correlations.outcome,
    outcomes.label as outcome_label,
    correlations.platform,
    coalesce(platforms.label, 'All platforms') as platform_label,
    correlations.n,
    correlations.estimate,
    correlations.ci_low,
    correlations.ci_high,
    correlations.ci_level,
    correlations.p_adjusted,
    statuses.label as status_label,
    correlations.reason,
    row_number() over (
        order by
            outcomes.sort_order,
            platforms.sort_order nulls first,
            signals.sort_order
    ) as sort_order,
    answer_dates.last_answer_date,
    correlations.is_simulated

from correlations
inner join signals using (signal)
inner join outcomes using (outcome)
inner join statuses using (status)
left join platforms using (platform)
left join answer_dates using (platform)
