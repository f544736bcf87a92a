-- The first record that was rejected for a reason.
select
    record_number,
    value_prefix
from rejected
where reason = $1 and coalesce("column", '') = $2
order by record_number
limit 1;
