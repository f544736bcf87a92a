{% macro has_raw(table) -%}
  {%- if not execute -%}
    {{ return(true) }}
  {%- elif reads_database() -%}
    {{ return(load_relation(source('raw', table)) is not none) }}
  {%- endif -%}
  {%- set files -%}
    select count(*) from glob({{ raw_files(table) }})
  {%- endset -%}
  {{ return(run_query(files).columns[0].values()[0] > 0) }}
{%- endmacro %}
