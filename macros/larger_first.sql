{#- Sort rows so that the larger comes first, compared in column order. -#}
{% macro larger_first(columns) -%}
  {{ columns | join(' desc nulls last, ') }} desc nulls last
{%- endmacro %}
