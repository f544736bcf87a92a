with

asked as (

    select
        platform,
        question,
        (year(month) * 12 + month(month) - 1)::integer as month_number

    from {{ ref('panel_answers') }}
    group by platform, question, month

),

-- Months in a row have the same distance to their place in the row.
numbered as (

    select
        *,
        month_number - row_number() over (
            partition by platform, question order by month_number
        ) as stretch

    from asked

),

stretches as (

    select
        platform,
        min(month_number) as first_number,
        max(month_number) as last_number

    from numbered
    group by platform, question, stretch

)

select
    platform,
    first_number,
    last_number,
    count(*) as question_count

from stretches
group by platform, first_number, last_number
