with

scores as (

    select * from {{ raw('domain_scores') }}
    where {{ as_of_limit() }}

)

select
    domain,
    source,
    scale,
    as_of,
    max(score) as score,
    as_of = max(as_of) over (
        partition by domain, source, scale
    ) as is_newest

from scores
group by domain, source, scale, as_of
