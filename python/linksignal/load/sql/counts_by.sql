-- Records by reason, the most frequent reason first.
select
    {{ columns | join(", ") }},
    count(*) as record_count
from {{ relation }}
where {{ condition }}
group by all
order by record_count desc, {{ columns | first }} asc;
