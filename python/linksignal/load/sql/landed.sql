-- Records (and elements) that have a row in some raw table, and those that
-- another one stands for in each.
create view landed as
{%- for table in tables %}
{{ "union" if not loop.first }}
select {{ key }} from {{ ("rows:" ~ table) | identifier }}
{%- endfor %};

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
