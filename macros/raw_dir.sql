{% macro raw_dir() -%}
  {%- set path = setting('raw_dir') -%}
  {%- if path == 'seeds/sample' and project_name != 'linksignal' -%}
    {%- set path = package_dir() ~ '/' ~ path -%}
  {%- elif not path.startswith('/') -%}
    {%- set project = invocation_args_dict.project_dir -%}
    {%- if execute and not project.startswith('/') -%}
      {%- set project = process_fact('project_dir') or '' -%}
    {%- endif -%}
    {%- set path = project ~ '/' ~ path -%}
  {%- endif -%}
  {%- if execute and not path.startswith('/') -%}
    {{ stop('raw_dir ' ~ path ~ ' is not absolute: run dbt in the project '
        ~ 'folder, or give an absolute --project-dir') }}
  {%- endif -%}
  {{ return(path.rstrip('/')) }}
{%- endmacro %}
