{% macro signal_key(name) -%}
  replace({{ words(name) }}, ' ', '_')
{%- endmacro %}
