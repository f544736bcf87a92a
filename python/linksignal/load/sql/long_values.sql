-- Records with a value that is too long, by their numbers.
insert into faults
with too_long as (
    select
        place,
        too_long
    from lines
    where too_long >= 0
)

select
    too_long.place + coalesce(shifts.faults, 0) as record_number,
    map_extract_value(
        {{ columns | lookup }}, too_long.too_long::varchar
    ) as "column",
    'too_long' as reason,
    null as value_prefix
from too_long
asof left join shifts on too_long.place > shifts.place;
