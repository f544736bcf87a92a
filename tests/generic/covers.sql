{% test covers(model, column_name, of) %}

select distinct {{ column_name }}
from {{ of }}
where
    {{ column_name }} is not null
    and {{ column_name }} not in (
        select looked_up.{{ column_name }}
        from {{ model }} as looked_up
        where looked_up.{{ column_name }} is not null
    )

{% endtest %}
