{#- Fails, with the count, unless the table has exactly so many rows. -#}
{% test row_count_is(model, row_count) %}

select count(*) as row_count
from {{ model }}
having count(*) <> {{ row_count }}

{% endtest %}
