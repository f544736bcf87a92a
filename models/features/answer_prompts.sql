{#- Enough for a jackknife over prompts; more would cost and tell no more. -#}
{%- set most_groups = 200 -%}

with

answers as (

    select
        source,
        answer_id,
        nullif(trim(prompt_id), '') as prompt_id,
        nullif(lower(trim(prompt)), '') as prompt

    from {{ ref('stg_ai_answers') }}

),

-- One answer to a prompt may leave out the text that another one states.
keys as (

    select
        source,
        answer_id,
        -- The same text asked by two tools is one prompt; an identifier means
        -- nothing beyond its tool.
        coalesce(
            prompt,
            case
                when prompt_id is not null
                    then max(prompt) over (partition by source, prompt_id)
            end,
            concat(source, ': ', prompt_id)
        ) as prompt_key

    from answers
    where prompt is not null or prompt_id is not null

),

-- The order of the hashes has nothing to do with what the prompts say: an
-- alphabet would deal systematic variants to one half each.
prompts as (

    select
        prompt_key,
        row_number() over (order by md5(prompt_key), prompt_key)
        - 1 as prompt_place

    from keys
    group by prompt_key

),

branding as (

    select * from {{ ref('answer_branding') }}

)

select
    keys.source,
    keys.answer_id,
    branding.platform,
    branding.is_branded,
    prompts.prompt_place::integer as prompt_number,
    if(prompts.prompt_place % 2 = 0, 'odd', 'even') as half,
    (prompts.prompt_place % {{ most_groups }})::integer as prompt_group

from keys
inner join prompts using (prompt_key)
inner join branding using (source, answer_id)
