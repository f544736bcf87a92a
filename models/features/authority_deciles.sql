with

scores as (

    select
        authority_score,
        count(*) as equal_count

    from {{ ref('domain_authority') }}
    group by authority_score

),

ranked as (

    select
        *,
        sum(equal_count) over (order by authority_score)
        - equal_count as below_count,
        sum(equal_count) over () as domain_count

    from scores

),

-- The mid-rank rule in whole numbers: equal scores share a decile.
grouped as (

    select
        *,
        (10 * (2 * below_count + equal_count))
        // (2 * domain_count) + 1 as authority_decile

    from ranked

)

select
    authority_decile::integer as authority_decile,
    min(authority_score) as min_score,
    max(authority_score) as max_score,
    sum(equal_count)::bigint as domain_count,
    count(*) as distinct_score_count,
    (sum(count(*)) over ())::bigint as study_distinct_score_count,
    (count(*) over ())::integer as decile_count

from grouped
group by authority_decile
