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
    {{ outcome_counts() }}

from referenced
inner join answers using (source, answer_id)
group by referenced.domain, answers.platform, answers.half
