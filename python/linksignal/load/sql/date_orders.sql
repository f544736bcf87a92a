-- Examples of days of a file in which only one number can be the month.
with found as (
    {% for number in numbers %}
    {{ "union all" if not loop.first }}
    select text_{{ number }} as form
    from texts
    where contains(text_{{ number }}, '/')
    {% endfor %}
),

days as (
    select
        form,
        split_part(form, '/', 1)::smallint > 12 as is_day_first,
        split_part(form, '/', 2)::smallint > 12 as is_month_first
    from found
    where
        is_local_time(form)
        and local_timestamp_value(day_first(form)) is not null
)

select
    any_value(form) filter (is_day_first) as day_first,
    any_value(form) filter (is_month_first) as month_first
from days;
