with

missed as (

    select * from {{ ref('missed_sources') }}

),

topic_sources as (

    select * from {{ ref('topic_sources') }}

),

met as (

    select * from {{ ref('met_sources') }}

),

study_domains as (

    select domain as cited_domain from {{ ref('stg_study_domains') }}

),

study as (

    select * from {{ ref('study') }}

),

counted as (

    select
        missed.domain,
        topic_sources.*,
        topic_sources.citing_answers - coalesce(met.present_answers, 0)
            as absent_answers,
        topic_sources.named_domains - (met.domain is not null)::bigint
            as rivals

    from missed
    inner join topic_sources using (category, cited_domain)
    left join met using (domain, platform, cited_domain)

)

select
    counted.domain,
    counted.platform,
    counted.category,
    counted.cited_domain,
    study_domains.cited_domain is not null as is_study_domain,
    counted.topic_answers,
    counted.citing_answers,
    counted.citing_answers / counted.topic_answers as citing_share,
    counted.absent_answers,
    counted.rivals,
    study.is_simulated

from counted
left join study_domains using (cited_domain)
cross join study
where counted.absent_answers > 0
