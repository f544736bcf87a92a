-- What came first on each platform, links gained or mentions gained: the
-- verdict, and how many per cent more mentions went with twice as many new
-- referring domains in the month before, the same month and the month after.

with

effects as (

    select * from {{ ref('panel_effects') }}

),

outcomes as (

    select * from {{ ref('panel_outcomes') }}
    where kind = 'verdict'

)

select
    effects.platform,
    outcomes.label as verdict,
    effects.months,
    effects.prompts,
    max(effects.n) as domains,
    {%- for term in ['lag', 'now', 'lead'] %}
    round(100 * (exp(max(effects.estimate) filter (
        where effects.term = '{{ term }}'
    )) - 1), 1) as {{ term }}_percent,
    {%- endfor %}
    effects.sentence

from effects
inner join outcomes on effects.verdict = outcomes.outcome
group by all
order by max(outcomes.sort_order), effects.platform
