with

levels as (

    select * from {{ ref('rival_levels') }}

),

topic_sources as (

    select * from {{ ref('topic_sources') }}

),

met_sources as (

    select * from {{ ref('met_sources') }}

),

citing as (

    select
        category,
        cited_domain,
        sum(citing_answers) as citing_answers

    from topic_sources
    group by category, cited_domain

),

listed as (

    select
        category,
        count(*) as source_count

    from citing
    group by category

),

met as (

    select
        domain,
        cited_domain,
        sum(present_answers) as present_answers

    from met_sources
    group by domain, cited_domain

),

-- Sources that are never cited where the domain is not named.
exhausted as (

    select
        levels.domain,
        count(*) as source_count

    from levels
    inner join met using (domain)
    inner join citing using (category, cited_domain)
    where met.present_answers = citing.citing_answers
    group by levels.domain

)

select
    levels.domain,
    levels.category,
    levels.rivals,
    listed.source_count is not null as has_answers,
    coalesce(listed.source_count, 0)
    - coalesce(exhausted.source_count, 0) as found_count

from levels
left join listed using (category)
left join exhausted using (domain)
