-- The rows of a raw table that land.
create view {{ rows | identifier }} as
select *
from judged
{% if has_repeats %}
anti join {{ repeats | identifier }} using ({{ key }})
{% endif %}
where {{ condition }};
