{%- set content = [
    'platform', 'prompt_id', 'prompt', 'is_branded', 'answered_at', 'country',
    'language',
] -%}

with

answers as (

    select * from {{ raw('ai_answers') }}
    where {{ in_answer_window() }}

)

select
    source,
    answer_id,
    platform,
    prompt_id,
    prompt,
    is_branded as is_flagged_branded,
    answered_at,
    country,
    language,
    as_of

from answers
-- At one as_of the larger row wins, in column order, never the later load.
qualify
    row_number() over (
        partition by source, answer_id
        order by as_of desc, {{ larger_first(content) }}
    ) = 1
