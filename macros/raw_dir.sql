{#- Absolute raw_dir: a staging view keeps the path as it is written here. -#}
{% macro raw_dir() -%}
  {%- set path = var('raw_dir') | trim -%}
  {%- if not path.startswith('/') -%}
    {%- set path = invocation_args_dict.project_dir ~ '/' ~ path -%}
  {%- endif -%}
  {{ return(path.rstrip('/')) }}
{%- endmacro %}
