{%- set content = [
    'period_end', 'period_start', 'mentions', 'citations', 'share_of_voice',
] -%}

with

totals as (

    select * from {{ raw('ai_totals') }}
    where {{ in_totals_window() }}

),

study_domains as (

    select * from {{ ref('stg_study_domains') }}

)

select
    domain,
    platform,
    source,
    as_of,
    period_start,
    period_end,
    mentions,
    citations,
    share_of_voice

from totals
semi join study_domains using (domain)
-- The newest export, its newest period; at equal dates the larger row.
qualify
    row_number() over (
        partition by domain, platform, source
        order by as_of desc, {{ larger_first(content) }}
    ) = 1
