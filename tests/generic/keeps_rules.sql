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
{%- for rule, parts in (key or {}).items() %}
union all
select
    '{{ rule }}' as broken_rules
    {%- for column in columns %},
    {{ column if column in parts
        else 'any_value(' ~ column ~ ') as ' ~ column }}
    {%- endfor %}
from {{ model }}
group by {{ parts | join(', ') }}
having
    count(*) > 1
    or {{ parts | join(' is null or ') }} is null
{%- endfor %}

{% endtest %}
