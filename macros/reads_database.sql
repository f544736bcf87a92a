{% macro reads_database() -%}
  {{ return(setting('raw_database') ~ setting('raw_schema') != '') }}
{%- endmacro %}
