-- One row per record (and element): what each field of the format finds in
-- it, before it is read.
create view texts as
select
    {% for name, sql in columns.items() %}
    {{ sql }} as {{ name | identifier }},
    {% endfor %}
    place
from {{ relation }};
