-- Which signals go with AI mentions on all platforms together, strongest
-- first: Spearman's coefficient, its interval, and its share of the largest
-- that the ties allow.

with

correlations as (

    select * from {{ ref('correlations') }}

)

select
    signal,
    n,
    round(estimate, 3) as spearman,
    round(ci_low, 3) as ci_low,
    round(ci_high, 3) as ci_high,
    round(share_of_ceiling, 2) as share_of_ceiling,
    round(auc, 2) as auc,
    p_adjusted

from correlations
where
    outcome = 'ai_mentions'
    and platform = 'all'
    and method = 'spearman'
    and sensitivity = 'none'
order by estimate desc nulls last
