{% macro share(part, rest) -%}
  {{ part }} / nullif({{ part }} + {{ rest }}, 0)::double
{%- endmacro %}
