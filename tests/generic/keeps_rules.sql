{% test keeps_rules(model, rules, key=none) %}

{%- set columns = (key or {}).values() | first -%}
{%- set names = [] -%}
{%- for rule, condition in rules.items() -%}
    {%- do names.append(
        "case when not (" ~ condition ~ ") then '" ~ rule ~ "' end"
    ) -%}
{%- endfor %}

select
    concat_ws(', ', {{ names | join(',\n        ') }}) as broken_rules,
    {{ columns | join(', ') if columns else 'checked.*' }}
from {{ model }} as checked
where not ({{ rules.values() | join(')\n    or not (') }})
{%- for rule in key or {} %}
union all
select
    '{{ rule }}' as broken_rules,
    {{ columns | join(', ') }}
from {{ model }}
group by {{ columns | join(', ') }}
having
    count(*) > 1
    or {{ columns | join(' is null or ') }} is null
{%- endfor %}

{% endtest %}
