-- Lines of CSV that are records: all but those without a value and those with
-- one that is too long. A blank line of a file with one column is none.
create view records as
select
    {% for name, value in values.items() %}
    {{ value }} as {{ name }},
    {% endfor %}
    place
from lines
where
    too_long is null
    {{ "and value_0 is not null" if is_one_column }};
