{% macro outcomes(kind='outcome') -%}
  {%- set found = [] -%}
  {%- for outcome in lookup('outcomes') if outcome[kind] -%}
    {%- do found.append(outcome) -%}
  {%- endfor -%}
  {{ return(found) }}
{%- endmacro %}
