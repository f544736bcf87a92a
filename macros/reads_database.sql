{#- Whether the raw tables live in a database rather than in raw_dir. -#}
{% macro reads_database() -%}
  {{ return(setting('raw_database') ~ setting('raw_schema') != '') }}
{%- endmacro %}
