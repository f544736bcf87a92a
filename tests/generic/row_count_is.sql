{#- Fails, with the count, unless the table has exactly so many rows; a run with
    --empty gives it none. -#}
{% test row_count_is(model, row_count) %}

select count(*) as row_count
from {{ model }}
having count(*) <> {{ 0 if flags.EMPTY else row_count }}

{% endtest %}
