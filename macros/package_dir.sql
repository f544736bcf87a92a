{% macro package_dir() -%}
  {%- set nodes = graph.get('nodes', {}) -%}
  {%- if execute and not nodes -%}
    {{ return(process_fact('linksignal_dir')) }}
  {%- endif -%}
  {%- set lookup = nodes.get('seed.linksignal.signals', {}) -%}
  {{ return(lookup.get('root_path', '')) }}
{%- endmacro %}
