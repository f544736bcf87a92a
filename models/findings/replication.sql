with

published as (

    select * from {{ ref('published_coefficients') }}

),

correlations as (

    select * from {{ ref('correlations') }}
    where sensitivity = 'none'

)

select
    published.signal,
    published.outcome,
    published.platform,
    published.method,
    published.published,
    published.is_approximate,
    correlations.n,
    correlations.estimate,
    correlations.estimate - published.published as difference,
    correlations.ci_low,
    correlations.ci_high,
    correlations.ci_level,
    published.published between correlations.ci_low and correlations.ci_high
        as is_published_in_interval,
    correlations.status,
    correlations.reason,
    correlations.is_simulated

from published
left join correlations using (signal, outcome, platform, method)
