-- How many records have each note. One may stand at several elements of a
-- record.
select
    {{ file_number ~ "," if file_number }}
    {% for note in notes %}
    {{ "count(distinct place) filter" if is_per_record else "count_if" }}
    ({{ ("note:" ~ note) | identifier }}) as {{ note }},
    {% endfor %}
    count(*) as record_count
from judged
semi join landed using ({{ key }})
{% if file_number %}group by {{ file_number }}{% endif %};
