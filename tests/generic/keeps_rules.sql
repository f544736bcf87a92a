{% test keeps_rules(model, rules, key=none) %}

{%- set columns = (key or {}).values() | first -%}

select
    concat_ws(
        ', '
        {%- for rule, condition in rules.items() %},
        case when not ({{ condition }}) then '{{ rule }}' end
        {%- endfor %}
    ) as broken_rules,
    {{ columns | join(',\n    ') if columns else 'checked.*' }}
from {{ model }} as checked
where
    {%- for condition in rules.values() %}
    {{ 'or ' if not loop.first }}not ({{ condition }})
    {%- endfor %}
{%- for rule in key or {} %}
union all
select
    '{{ rule }}' as broken_rules,
    {{ columns | join(',\n    ') }}
from {{ model }}
group by {{ columns | join(', ') }}
having
    count(*) > 1
    or {{ columns | join(' is null or ') }} is null
{%- endfor %}

{% endtest %}
