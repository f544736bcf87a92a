{% macro on_spark() -%}
  {{ return(target.type in ['spark', 'databricks']) }}
{%- endmacro %}
