-- The raw table of rejected records as its contract has it.
select
    {{ contracted | join(",\n    ") }}
from rejected
order by record_number
