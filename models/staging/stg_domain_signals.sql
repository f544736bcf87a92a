with

delivered as (

    select
        domain,
        {{ signal_key('signal') }} as signal,
        source,
        as_of,
        value

    from {{ raw('domain_signals') }}
    where {{ as_of_limit() }}

),

study_domains as (

    select * from {{ ref('stg_study_domains') }}

)

select delivered.*

from delivered
semi join study_domains using (domain)
-- The newest snapshot of a source; of equal dates the larger value.
qualify
    row_number() over (
        partition by domain, signal, source
        order by as_of desc, value desc nulls last
    ) = 1
