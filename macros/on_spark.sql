{% macro on_spark() -%}
  {{ return(target.type == 'spark') }}
{%- endmacro %}
