with

totals as (

    select * from {{ raw('ai_totals') }}

),

study_domains as (

    select * from {{ ref('stg_study_domains') }}

)

select
    totals.domain,
    totals.platform,
    totals.source,
    totals.as_of,
    totals.period_start,
    totals.period_end,
    totals.mentions,
    totals.citations,
    totals.share_of_voice

from totals
semi join study_domains using (domain)
-- The newest export, its newest period; at equal dates the larger row.
qualify row_number() over (
    partition by totals.domain, totals.platform, totals.source
    order by
        totals.as_of desc,
        totals.period_end desc nulls last,
        totals.period_start desc nulls last,
        totals.mentions desc nulls last,
        totals.citations desc nulls last,
        totals.share_of_voice desc nulls last
) = 1
