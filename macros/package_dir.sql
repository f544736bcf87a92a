{% macro package_dir() -%}
  {%- set nodes = graph.get('nodes', {}) -%}
  {%- if execute and not nodes -%}
    {%- set query = "select getvariable('linksignal_dir')" -%}
    {{ return(run_query(query).columns[0].values()[0]) }}
  {%- endif -%}
  {%- set lookup = nodes.get('seed.linksignal.signals', {}) -%}
  {{ return(lookup.get('root_path', '')) }}
{%- endmacro %}
