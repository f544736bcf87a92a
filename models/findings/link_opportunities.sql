with

missed as (

    select * from {{ ref('missed_links') }}

),

study_domains as (

    select domain as linking_domain from {{ ref('stg_study_domains') }}

),

study as (

    select * from {{ ref('study') }}

)

select
    missed.domain,
    missed.category,
    missed.linking_domain,
    study_domains.linking_domain is not null as is_study_domain,
    missed.rivals,
    missed.links,
    missed.follow_links,
    missed.highest_page_score,
    study.is_simulated

from missed
left join study_domains using (linking_domain)
cross join study
