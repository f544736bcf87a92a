with

answers as (

    select
        source,
        answer_id,
        -- The same text asked by two tools is one prompt; an identifier means
        -- nothing beyond its tool.
        coalesce(prompt, concat(source, ': ', prompt_id)) as prompt_key

    from {{ ref('stg_ai_answers') }}
    where prompt is not null or prompt_id is not null

),

-- Neighbours in the alphabet, often wordings of one question, are parted.
prompts as (

    select
        prompt_key,
        case
            when row_number() over (order by prompt_key) % 2 = 1 then 'odd'
            else 'even'
        end as half

    from answers
    group by prompt_key

),

branding as (

    select * from {{ ref('answer_branding') }}

)

select
    answers.source,
    answers.answer_id,
    branding.platform,
    branding.is_branded,
    prompts.half

from answers
inner join prompts using (prompt_key)
inner join branding using (source, answer_id)
