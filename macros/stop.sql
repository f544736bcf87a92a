{% macro stop(sentence) -%}
  {{ exceptions.raise_compiler_error(sentence) }}
{%- endmacro %}
