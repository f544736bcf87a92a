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

ranked as (

    select
        *,
        row_number() over (
            partition by category
            order by citing_answers desc, cited_domain asc, platform asc
        ) as place

    from topic_sources

),

met as (

    select
        study_domains.domain,
        ranked.place,
        met_sources.present_answers,
        ranked.place - row_number() over (
            partition by study_domains.domain order by ranked.place
        ) as others_before

    from met_sources
    inner join study_domains using (domain)
    inner join ranked using (category, platform, cited_domain)

),

-- Only answers with the domain change its order: behind as many others as are
-- listed, no source can come among its first.
reaches as (

    select
        domain,
        count(*) as met_count

    from met
    where others_before < {{ most_sources }}
    group by domain

),

candidates as (

    select
        study_domains.domain,
        ranked.* exclude (place),
        ranked.citing_answers - coalesce(met.present_answers, 0)
            as absent_answers,
        ranked.named_domains - (met.domain is not null)::bigint as rivals

    from study_domains
    left join reaches using (domain)
    inner join ranked
        on
            study_domains.category = ranked.category
            and ranked.place
            <= {{ most_sources }} + coalesce(reaches.met_count, 0)
    left join met
        on study_domains.domain = met.domain and ranked.place = met.place

)

select * exclude (named_domains)

from candidates
where absent_answers > 0
qualify
    row_number() over (
        partition by domain
        order by absent_answers desc, cited_domain asc, platform asc
    ) <= {{ most_sources }}
