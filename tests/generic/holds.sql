{#- Fails on every row for which the condition is false; unknown passes, so a
    condition that must be known says "is not null" itself. A subquery in it
    calls the row checked. -#}
{% test holds(model, condition) %}

select *
from {{ model }} as checked
where not ({{ condition }})

{% endtest %}
