-- Parts of claims that are still open, those first that the fewest domains
-- would decide.

with

parts as (

    select * from {{ ref('claim_parts') }}

),

claims as (

    select * from {{ ref('claims') }}

)

select
    parts.claim_id,
    parts.part,
    claims.verdict,
    parts.n,
    parts.domains_needed,
    parts.sentence

from parts
inner join claims using (claim_id)
where parts.state = 'open'
order by parts.domains_needed nulls last, parts.claim_id, parts.part
