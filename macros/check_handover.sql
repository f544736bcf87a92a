{% macro check_handover() -%}
  {%- set again = ': run dbt build --target spark -s +domain_links with this '
      ~ 'raw_dir' -%}
  {%- set runs = [] -%}
  {%- for node in graph.sources.values()
      if node.package_name == 'linksignal' and node.source_name == 'links' -%}
    {%- set complete -%}
      select count(*)
      from glob({{ raw_files('links/' ~ node.name, '_SUCCESS') }})
    {%- endset -%}
    {%- if run_query(complete).columns[0].values()[0] == 0 -%}
      {{ stop("var 'links_from' is spark, and " ~ handover_dir(node.name)
          ~ ' holds nothing that Spark has handed over' ~ again) }}
    {%- endif -%}
    {%- set query -%}
      select distinct handed_over_by from {{ handed_over(node.name) }}
    {%- endset -%}
    {%- do runs.extend(run_query(query).columns[0].values()) -%}
  {%- endfor -%}
  {%- if runs | unique | list | length > 1 -%}
    {{ stop('the tables in ' ~ raw_dir() ~ '/links are of several runs of '
        ~ 'Spark, of which the last has ended early' ~ again) }}
  {%- endif -%}
{%- endmacro %}
