{% test row_count_is(model, row_count) %}

select count(*) as row_count
from {{ model }}
having count(*) <> {{ 0 if flags.EMPTY else row_count }}

{% endtest %}
