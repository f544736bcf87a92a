{% macro outcomes(kind='outcome') -%}
  {%- set found = [] -%}
  {%- for outcome in lookup('outcomes')
      if outcome[kind] and outcome[kind] != 'false' -%}
    {%- do found.append(outcome) -%}
  {%- endfor -%}
  {{ return(found) }}
{%- endmacro %}
