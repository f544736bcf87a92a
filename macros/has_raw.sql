{#- Whether a raw table is there: as Parquet files, or in the attached
    database that the vars raw_database and raw_schema name. -#}
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
