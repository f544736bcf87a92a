-- Lines of several files by the number of their file and their own in it.
create or replace view lines as
with files as (
    select
        unnest({{ file_numbers }}::bigint[]) as file_number,
        unnest({{ first_rows }}::bigint[]) as first_row
)

select
    (files.file_number << 32) + line_values.rowid - files.first_row + 1
        as place,
    line_values.*
from line_values
asof inner join files on line_values.rowid >= files.first_row;
