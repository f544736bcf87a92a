with

answers as (

    select * from {{ ref('stg_ai_answers') }}
    where answered_at is not null

),

prompts as (

    select * from {{ ref('answer_prompts') }}

),

platforms as (

    select * from {{ ref('platform_sources') }}

),

-- One answer may lack the flag that another one to its prompt has.
branded as (

    select prompt_number

    from prompts
    group by prompt_number
    having bool_or(is_branded)

)

select
    unnest(if(
        platforms.is_in_all,
        [answers.platform, 'all'],
        [answers.platform]
    )) as platform,
    answers.source,
    answers.answer_id,
    date_trunc('month', answers.answered_at)::date as month,
    hash(row(
        answers.source,
        answers.platform,
        prompts.prompt_number,
        answers.country,
        answers.language
    )) as question

from answers
inner join prompts using (source, answer_id)
inner join platforms on answers.platform = platforms.platform
anti join branded using (prompt_number)
