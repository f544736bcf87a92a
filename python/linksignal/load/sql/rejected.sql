-- Rejected records, and elements of lists, by the number of their record in
-- the file: places count only the records that could be read.
{% for view, condition in conditions.items() %}
create view {{ view }} as
with refused as (
    select
        place,
        refusal
    from judged
    where refusal is not null and {{ condition }}
)

select
    refused.place + coalesce(shifts.faults, 0) as record_number,
    refused.refusal.column as "column",
    refused.refusal.reason,
    refused.refusal.value_prefix
from refused
asof left join shifts on refused.place > shifts.place;
{% endfor %}

create view rejected as
select * from faults
union all
select * from rejected_parts;
