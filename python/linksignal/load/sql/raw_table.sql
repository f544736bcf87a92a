-- The rows of a raw table as its contract has them, by the numbers of their
-- records. The join sorts every row, so it is left out where it changes
-- nothing.
with landed as (
    select *
    from {{ rows | identifier }}
),

numbered as (
    select
        {% for column, key in columns.items() %}
        landed.{{ key | identifier }} as {{ column | identifier }},
        {% endfor %}
        landed.place + {{ "coalesce(shifts.faults, 0)" if has_shifts else 0 }}
            as record_number
    from landed
    {{ "asof left join shifts on landed.place > shifts.place" if has_shifts }}
)

select
    {{ contracted | join(",\n    ") }}
from numbered
