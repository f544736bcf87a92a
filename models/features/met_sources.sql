with

present as (

    select * from {{ ref('topic_answers') }}

),

citations as (

    select * from {{ ref('stg_ai_citations') }}

)

select
    present.domain,
    present.platform,
    citations.cited_domain,
    count(*) as present_answers

from present
inner join citations using (source, answer_id)
group by present.domain, present.platform, citations.cited_domain
