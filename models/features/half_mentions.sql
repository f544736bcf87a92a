with

referenced as (

    select * from {{ ref('answer_references') }}

),

answers as (

    select * from {{ ref('answer_prompts') }}

)

select
    referenced.domain,
    answers.platform,
    answers.half,
    count(*) as ai_mentions,
    count(*) filter (where answers.is_branded is not true)
        as unbranded_mentions

from referenced
inner join answers using (source, answer_id)
group by referenced.domain, answers.platform, answers.half
