with

platforms as (

    select * from {{ ref('platform_sources') }}

),

answers as (

    select * from {{ ref('answer_prompts') }}

),

referenced as (

    select * from {{ ref('answer_references') }}

)

select
    referenced.domain,
    answers.platform,
    answers.prompt_group,
    platforms.is_in_all,
    {{ outcome_counts() }}

from referenced
inner join answers using (source, answer_id)
inner join platforms using (platform)
group by
    referenced.domain,
    answers.platform,
    answers.prompt_group,
    platforms.is_in_all
