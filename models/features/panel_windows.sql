{#- With fewer months an event that brings links and mentions at once is taken
    for links that come first. -#}
{%- set fewest_months = 6 -%}

with

runs as (

    select * from {{ ref('prompt_runs') }}

),

windows as (

    select distinct
        starts.platform,
        starts.first_number,
        ends.last_number

    from runs as starts
    inner join runs as ends
        on
            starts.platform = ends.platform
            and starts.first_number <= ends.last_number

),

answer_months as (

    select
        platform,
        count(distinct month) as answer_months

    from {{ ref('panel_answers') }}
    group by platform

),

sizes as (

    select
        windows.platform,
        windows.first_number,
        windows.last_number,
        windows.last_number - windows.first_number + 1 as months,
        sum(runs.question_count)::bigint as prompts

    from windows
    inner join runs
        on
            windows.platform = runs.platform
            and windows.first_number >= runs.first_number
            and windows.last_number <= runs.last_number
    group by windows.platform, windows.first_number, windows.last_number

)

select
    sizes.platform,
    make_date(
        sizes.first_number // 12, sizes.first_number % 12 + 1, 1
    ) as first_month,
    make_date(
        sizes.last_number // 12, sizes.last_number % 12 + 1, 1
    ) as last_month,
    sizes.months,
    sizes.prompts,
    answer_months.answer_months,
    {{ fewest_months }} as fewest_months

from sizes
inner join answer_months using (platform)
qualify
    row_number() over (
        partition by sizes.platform
        order by
            least(sizes.months, {{ fewest_months }}) desc,
            sizes.prompts * sizes.months desc,
            sizes.months desc,
            sizes.last_number desc
    ) = 1
