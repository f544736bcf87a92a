{#- Sources of a domain, those first that most answers without it cite. -#}
{%- set most_sources = 10 -%}

with

study_domains as (

    select * from {{ ref('stg_study_domains') }}

),

topic_sources as (

    select * from {{ ref('topic_sources') }}

),

met_sources as (

    select * from {{ ref('met_sources') }}

),

met as (

    select
        domain,
        cited_domain,
        sum(present_answers) as present_answers,
        count(*) over (partition by domain) as met_count

    from met_sources
    group by domain, cited_domain

),

met_counts as (

    select distinct
        domain,
        met_count

    from met

),

ranked as (

    select
        category,
        cited_domain,
        sum(citing_answers) as citing_answers,
        row_number() over (
            partition by category
            order by sum(citing_answers) desc, cited_domain asc
        ) as place

    from topic_sources
    group by category, cited_domain

),

-- Only answers with the domain change its order: that many places further down
-- no source can come among its first.
candidates as (

    select
        study_domains.domain,
        study_domains.category,
        ranked.cited_domain,
        ranked.citing_answers - coalesce(met.present_answers, 0)
            as absent_answers

    from study_domains
    left join met_counts using (domain)
    inner join ranked
        on
            study_domains.category = ranked.category
            and ranked.place
            <= {{ most_sources }} + coalesce(met_counts.met_count, 0)
    left join met
        on
            study_domains.domain = met.domain
            and ranked.cited_domain = met.cited_domain

)

select
    domain,
    category,
    cited_domain

from candidates
where absent_answers > 0
qualify
    row_number() over (
        partition by domain order by absent_answers desc, cited_domain asc
    ) <= {{ most_sources }}
