{% macro larger_first(columns) -%}
  {{ columns | join(' desc nulls last, ') }} desc nulls last
{%- endmacro %}
