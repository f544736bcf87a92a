-- Which signal is the best gauge of AI mentions on each platform when all are
-- in: its share of what all tell of the order of domains, how sure its place
-- is, and what one standard deviation more of it goes with. A gauge, no cause.

with

shares as (

    select * from {{ ref('signal_importance') }}

),

effects as (

    select * from {{ ref('joint_effects') }}

)

select
    shares.platform,
    shares.term as best_gauge,
    round(shares.estimate, 3) as share,
    round(shares.ci_low, 3) as share_low,
    round(shares.ci_high, 3) as share_high,
    round(shares.r_squared, 3) as share_of_all_signals,
    round(shares.probability_first, 2) as probability_first,
    round(effects.ratio, 2) as ratio,
    round(effects.ratio_low, 2) as ratio_low,
    round(effects.ratio_high, 2) as ratio_high

from shares
inner join effects using (platform, outcome, term)
where
    shares.outcome = 'ai_mentions'
    and shares.rank = 1
order by shares.estimate desc, shares.platform
