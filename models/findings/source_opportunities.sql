with

missed as (

    select * from {{ ref('missed_sources') }}

),

study_domains as (

    select domain as cited_domain from {{ ref('stg_study_domains') }}

),

study as (

    select * from {{ ref('study') }}

)

select
    missed.domain,
    missed.platform,
    missed.category,
    missed.cited_domain,
    study_domains.cited_domain is not null as is_study_domain,
    missed.absent_answers,
    missed.citing_answers,
    missed.topic_answers,
    missed.citing_answers / missed.topic_answers as citing_share,
    missed.rivals,
    study.is_simulated

from missed
left join study_domains using (cited_domain)
cross join study
