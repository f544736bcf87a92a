-- Broken records leave the records.
insert into faults
with broken as (
    select
        place,
        fault,
        value_prefix
    from records
    where fault is not null
)

select
    broken.place + coalesce(shifts.faults, 0) as record_number,
    null as "column",
    broken.fault as reason,
    broken.value_prefix
from broken
asof left join shifts on broken.place > shifts.place;

delete from records
where fault is not null;

alter table records drop fault;
alter table records drop value_prefix;

drop view lines;
drop table line_values;
