{% macro has_raw(table) -%}
  {%- if not execute -%}
    {{ return(true) }}
  {%- elif reads_database() -%}
    {{ return(load_relation(source('raw', table)) is not none) }}
  {%- endif -%}
  {{ return(adapter.dispatch('has_raw_files', 'linksignal')(table)) }}
{%- endmacro %}

{% macro default__has_raw_files(table) -%}
  {%- set files -%}
    select count(*) from glob({{ raw_files(table) }})
  {%- endset -%}
  {{ return(run_query(files).columns[0].values()[0] > 0) }}
{%- endmacro %}

{% macro spark__has_raw_files(table) -%}
  {%- set found = [] -%}
  {%- for path in spark_files() if path.split('/')[-2] == table -%}
    {%- do found.append(path) -%}
  {%- endfor -%}
  {{ return(found != []) }}
{%- endmacro %}

{#- Spark lists no files, but it names those of which it reads nothing. -#}
{% macro spark_files() -%}
  {%- set query -%}
    select path
    from binaryFile.`{{ raw_dir() }}/{.loading/*.txt,*/*.parquet}`
  {%- endset -%}
  {{ return(run_query(query).columns[0].values()) }}
{%- endmacro %}
