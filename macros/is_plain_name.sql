{% macro is_plain_name(column) -%}
  coalesce(regexp_full_match({{ column }}, '[a-z][a-z0-9_]*'), false)
{%- endmacro %}
