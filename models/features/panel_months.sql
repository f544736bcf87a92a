with

windows as (

    select * from {{ ref('panel_windows') }}
    where months >= fewest_months

)

-- With the month before the first answers and the one after the last.
select
    unnest(generate_series(
        min(first_month) - interval 1 month,
        max(last_month) + interval 1 month,
        interval 1 month
    ))::date as month

from windows
