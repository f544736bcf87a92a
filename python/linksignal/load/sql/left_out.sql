-- Values with which a file leaves out links, three at most.
select distinct {{ column }} as found
from records
where
    {{ column }} is not null
    and ({{ column }} in ({{ whole | join(", ") or "null" }})) is not true
order by found
limit 3;
