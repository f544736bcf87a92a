with

present as (

    select * from {{ ref('topic_answers') }}

),

citations as (

    select * from {{ ref('stg_ai_citations') }}

),

study_domains as (

    select * from {{ ref('stg_study_domains') }}

),

topics as (

    select distinct
        source,
        answer_id,
        platform,
        category

    from present

),

topic_sizes as (

    select
        category,
        platform,
        count(*) as topic_answers

    from topics
    group by category, platform

),

-- The own sites of those who compete are nobody's opportunity.
citing as (

    select
        topics.category,
        topics.platform,
        citations.cited_domain,
        count(*) as citing_answers

    from topics
    inner join citations using (source, answer_id)
    left join study_domains on citations.cited_domain = study_domains.domain
    where study_domains.category is distinct from topics.category
    group by topics.category, topics.platform, citations.cited_domain

),

named as (

    select
        present.category,
        present.platform,
        citations.cited_domain,
        count(distinct present.domain) as named_domains

    from present
    inner join citations using (source, answer_id)
    group by present.category, present.platform, citations.cited_domain

)

select
    citing.category,
    citing.platform,
    citing.cited_domain,
    topic_sizes.topic_answers,
    citing.citing_answers,
    named.named_domains

from citing
inner join named using (category, platform, cited_domain)
inner join topic_sizes using (category, platform)
