{#- Fails on every row for which the condition is false; unknown passes, so a
    condition that must be known says "is not null" itself. -#}
{% test holds(model, condition) %}

select *
from {{ model }}
where not ({{ condition }})

{% endtest %}
