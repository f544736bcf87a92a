{{ config(enabled=(project_name == 'linksignal')) }}

with

days as (

    select
        unnest(
            generate_series(
                date '2015-01-01', date '2049-12-31', interval 1 day
            )
        )::date as date_day

)

select date_day

from days
