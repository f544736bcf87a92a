{% macro has_raw(table) -%}
  {{ return(not execute or table in raw_there([table])) }}
{%- endmacro %}

{% macro raw_there(tables) -%}
  {%- set there = [] -%}
  {%- if reads_database() -%}
    {%- for table in tables
        if load_relation(source('raw', table)) is not none -%}
      {%- do there.append(table) -%}
    {%- endfor -%}
    {{ return(there) }}
  {%- endif -%}
  {%- set folders = adapter.dispatch('folders_with_files', 'linksignal')(
      tables) -%}
  {{ return(tables | select('in', folders) | list) }}
{%- endmacro %}

{% macro default__folders_with_files(folders) -%}
  {%- set query -%}
    {%- for folder in folders %}
    select '{{ folder }}'
    where exists (from glob({{ raw_files(folder) }}))
    {{ 'union all' if not loop.last }}
    {%- endfor %}
  {%- endset -%}
  {{ return(run_query(query).columns[0].values()) }}
{%- endmacro %}

{#- Spark lists no files, but it names those of which it reads nothing. That is
    a job of its own each time, so all folders are asked for at once. -#}
{% macro spark__folders_with_files(folders) -%}
  {%- set query -%}
    select path
    from binaryFile.`{{ raw_dir() }}/{.loading/*.txt,*/*.parquet}`
  {%- endset -%}
  {%- set found = [] -%}
  {%- for path in run_query(query).columns[0].values() -%}
    {%- do found.append(path.split('/')[-2]) -%}
  {%- endfor -%}
  {{ return(found) }}
{%- endmacro %}
