with

profiles as (

    select * from {{ raw('backlink_profiles') }}
    where {{ as_of_limit() }}

),

study_domains as (

    select * from {{ ref('stg_study_domains') }}

)

select
    domain,
    source,
    as_of,
    -- Of one snapshot the larger row wins.
    max(referring_domains) as referring_domains

from profiles
semi join study_domains using (domain)
where referring_domains is not null
group by domain, source, as_of
