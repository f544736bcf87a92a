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

listed as (

    select
        category,
        count(*) as source_count

    from topic_sources
    group by category

),

-- Sources that are never cited where the domain is not named.
exhausted as (

    select
        levels.domain,
        count(*) as source_count

    from levels
    inner join met_sources using (domain)
    inner join topic_sources using (category, platform, cited_domain)
    where met_sources.present_answers = topic_sources.citing_answers
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
