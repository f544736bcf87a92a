-- What the engine could not read, in the order of the lines.
select
    line,
    error_type,
    ltrim(csv_line, chr(13) || chr(10)) as line_text,
    line_byte_position
from engine_faults
order by line
limit $1;
