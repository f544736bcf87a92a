{% test every_verdict_follows_from_its_parts(model, parts) %}

with

claims as (

    select * from {{ model }}

),

counted as (

    select
        claim_id,
        count(*) as parts,
        count(*) filter (where state = 'shown') as shown,
        count(*) filter (where state = 'shown' and is_decisive) as decisive,
        count(*) filter (where is_decisive and state <> 'not_testable')
            as testable,
        count(*) filter (where state = 'contrary_shown') as contrary,
        count(*) filter (where state = 'open') as still_open,
        count(*) filter (where state = 'not_testable') as not_testable

    from {{ parts }}
    group by claim_id

)

select claims.*
from claims
left join counted using (claim_id)
where
    (claims.parts, claims.parts_shown, claims.parts_contrary)
    is distinct from (counted.parts, counted.shown, counted.contrary)
    or (claims.parts_open, claims.parts_not_testable)
    is distinct from (counted.still_open, counted.not_testable)
    or not case claims.verdict
        when 'not_testable' then counted.testable = 0
        when 'supported' then counted.shown = counted.parts
        when 'contradicted' then counted.contrary > 0
        when 'partly_contradicted'
            then counted.contrary > 0 and counted.decisive = 0
        when 'mixed' then counted.contrary > 0 and counted.decisive > 0
        when 'partly_supported'
            then
                counted.contrary = 0
                and counted.decisive > 0
                and counted.shown < counted.parts
        when 'undecided'
            then
                counted.contrary = 0
                and counted.decisive = 0
                and counted.testable > 0
        else false
    end

{% endtest %}
