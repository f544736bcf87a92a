{#- Absolute raw_dir: a staging view keeps the path as it is written here. -#}
{% macro raw_dir() -%}
  {%- set path = setting('raw_dir') -%}
  {%- if not path.startswith('/') -%}
    {%- set path = invocation_args_dict.project_dir ~ '/' ~ path -%}
  {%- endif -%}
  {%- if execute and not path.startswith('/') -%}
    {{ stop('raw_dir ' ~ path ~ ' is not absolute: run dbt in the project '
        ~ 'folder, or give an absolute --project-dir') }}
  {%- endif -%}
  {{ return(path.rstrip('/')) }}
{%- endmacro %}
