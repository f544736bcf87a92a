{#- Fails on every row whose value is not an outcome of its kind in the lookup
    of outcomes of claims. -#}
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
