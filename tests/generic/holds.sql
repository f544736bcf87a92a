{% test holds(model, condition) %}

select *
from {{ model }} as checked
where not ({{ condition }})

{% endtest %}
