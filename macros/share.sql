{#- part / (part + rest), NULL at 0/0. -#}
{% macro share(part, rest) -%}
  {{ part }} / nullif({{ part }} + {{ rest }}, 0)::double
{%- endmacro %}
