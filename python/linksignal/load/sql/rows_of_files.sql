-- The rows of a raw table as its contract has them, of several files that were
-- read together: those of a file follow each other.
with loads as (
    select
        unnest({{ file_numbers }}::bigint[]) as file_number,
        unnest(
            [
                {%- for each in load_ids %}
                {{ each | literal }}{{ "," if not loop.last }}
                {%- endfor %}
            ]::varchar[]
        ) as load_id
),

numbered as (
    select
        {% for column, key in columns.items() %}
        landed.{{ key | identifier }} as {{ column | identifier }},
        {% endfor %}
        {% if has_lists %}
        landed.part,
        {% endif %}
        landed.place,
        number_in_file(landed.place) as record_number,
        loads.load_id
    from {{ rows | identifier }} as landed
    inner join loads on file_number(landed.place) = loads.file_number
)

select
    {{ contracted | join(",\n    ") }}
from numbered
order by place{{ ", part" if has_lists }};
