-- Records (and elements) that another one stands for in each of their tables.
create view duplicates as
with repeated as (
    {% for table in tables %}
    {{ "union" if not loop.first }}
    select {{ key }} from {{ ("repeats:" ~ table) | identifier }}
    {% endfor %}
)

select {{ key }}
from repeated
anti join landed using ({{ key }});
