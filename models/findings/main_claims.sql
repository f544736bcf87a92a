with

claims as (

    select * from {{ ref('claims') }}

),

verdicts as (

    select * from {{ ref('claim_outcomes') }}
    where kind = 'verdict'

),

coverage as (

    select max(last_answer_date) as last_answer_date
    from {{ ref('platform_coverage') }}

)

select
    claims.claim_id,
    claims.claim,
    claims.verdict,
    verdicts.label as verdict_label,
    verdicts.sort_order as verdict_order,
    claims.sentence,
    claims.parts,
    claims.parts_shown,
    claims.parts_contrary,
    claims.parts_open,
    claims.parts_not_testable,
    claims.n,
    claims.missing,
    coverage.last_answer_date,
    claims.is_simulated

from claims
inner join verdicts on claims.verdict = verdicts.outcome
cross join coverage
