-- The records with a space in place of each control character.
create view printable as
select
    * replace (
        {%- for column in columns %}
        without_controls({{ column }}) as {{ column }}{{ "," if not loop.last }}
        {%- endfor %}
    ),
    (
        {%- for column in columns %}
        {{ "or" if not loop.first }}
        coalesce(has_control({{ column }}), false)
        {%- endfor %}
    ) as has_controls
from {{ relation }};
