with

answers as (

    select * from {{ ref('stg_ai_answers') }}

),

prompts as (

    select * from {{ ref('prompt_branding') }}

)

select
    answers.source,
    answers.answer_id,
    answers.platform,
    answers.answered_at,
    coalesce(answers.is_flagged_branded, prompts.is_branded) as is_branded

from answers
left join prompts using (prompt)
