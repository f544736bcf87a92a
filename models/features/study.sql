with

features as (

    select * from {{ ref('domain_features') }}

),

deciles as (

    select * from {{ ref('authority_deciles') }}

),

answers as (

    select * from {{ ref('answer_branding') }}

),

visibility as (

    select * from {{ ref('domain_visibility') }}
    where platform = 'all'

),

domain_facts as (

    select
        count(*) as domain_count,
        count(link_source) as linked_domains,
        count(authority_score) as scored_domains,
        max(authority_source) as authority_source,
        coalesce(
            bool_or('simulated' in (link_source, authority_source)), false
        ) as has_simulated_domains

    from features

)

select
    domain_facts.* exclude (has_simulated_domains),
    (
        select count(*) from visibility
        where ai_mentions > 0
    ) as referenced_domains,
    (select count(*) from answers) as answer_count,
    (
        select coalesce(max(study_distinct_score_count), 0) from deciles
    ) as distinct_score_count,
    has_simulated_domains
    or 'simulated' in (select source from answers) as is_simulated

from domain_facts
