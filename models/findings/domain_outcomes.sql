with

visibility as (

    select * from {{ ref('domain_visibility') }}
    where outcome_source is not null or platform = 'all'

),

study as (

    select * from {{ ref('study') }}

)

select
    visibility.domain,
    visibility.platform,
    visibility.outcome_source,
    visibility.ai_mentions,
    visibility.citations,
    visibility.brand_mentions,
    visibility.unbranded_mentions,
    visibility.share_of_voice,
    study.is_simulated

from visibility
cross join study
