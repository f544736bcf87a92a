-- Broken records by their numbers, from what the engine could not read.
create table fault_slots as
with slots as (
    select
        line - {{ first_slot }} as slot,
        min_by(error_type, coalesce(column_idx, 0)) as kind,
        replace(min_by(column_name, column_idx), 'value_', '') as position,
        any_value(left(ltrim(csv_line, chr(13) || chr(10)), 100))
            as value_prefix
    from engine_faults
    group by line
)

select
    slots.slot - (
        select count(*)
        from blank_lines
        where blank_lines.slot < slots.slot
    ) as record_number,
    row_number() over (order by slots.slot) as faults,
    slots.position,
    slots.kind,
    slots.value_prefix
from slots;

insert into shifts
select
    record_number - faults as place,
    max(faults) as faults
from fault_slots
group by all;

insert into faults
select
    record_number,
    map_extract_value({{ columns | lookup }}, position) as "column",
    map_extract_value({{ reasons | lookup }}, kind) as reason,
    value_prefix
from fault_slots;
