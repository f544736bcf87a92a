{#- Whether the raw tables live in a database rather than in raw_dir. -#}
{% macro reads_database() -%}
  {{ return((var('raw_database') ~ var('raw_schema')) | trim != '') }}
{%- endmacro %}
