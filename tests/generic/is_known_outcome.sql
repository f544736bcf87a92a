{% test is_known_outcome(model, column, kind) %}

select *
from {{ model }}
where
    {{ column }} not in (
        select outcome
        from {{ ref('claim_outcomes') }}
        where kind = '{{ kind }}'
    )

{% endtest %}
