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

met_counts as (

    select
        domain,
        count(*) as met_count

    from met_sources
    group by domain

),

ranked as (

    select
        *,
        row_number() over (
            partition by category
            order by citing_answers desc, cited_domain asc, platform asc
        ) as place

    from topic_sources

),

-- Only answers with the domain change its order: that many places further down
-- no source can come among its first.
candidates as (

    select
        study_domains.domain,
        ranked.* exclude (place),
        ranked.citing_answers - coalesce(met_sources.present_answers, 0)
            as absent_answers,
        ranked.named_domains - (met_sources.domain is not null)::bigint
            as rivals

    from study_domains
    left join met_counts using (domain)
    inner join ranked
        on
            study_domains.category = ranked.category
            and ranked.place
            <= {{ most_sources }} + coalesce(met_counts.met_count, 0)
    left join met_sources
        on
            study_domains.domain = met_sources.domain
            and ranked.platform = met_sources.platform
            and ranked.cited_domain = met_sources.cited_domain

)

select * exclude (named_domains)

from candidates
where absent_answers > 0
qualify
    row_number() over (
        partition by domain
        order by absent_answers desc, cited_domain asc, platform asc
    ) <= {{ most_sources }}
