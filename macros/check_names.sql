{% macro check_names(nodes) -%}
  {%- for node in nodes if node.package_name == 'linksignal' -%}
    {%- if node.schema == node.database -%}
      {{ stop('the database ' ~ node.database ~ ' bears the name of a schema of '
          ~ 'linksignal, and DuckDB cannot tell them apart: rename the '
          ~ 'database, or the schema in your dbt_project.yml') }}
    {%- endif -%}
    {%- for parent in node.depends_on.nodes
        if parent.split('.')[1] != 'linksignal' -%}
      {{ stop(node.name ~ ' of linksignal would read your ' ~ parent
          ~ ': set require_ref_searches_node_package_before_root: true '
          ~ 'under flags in your dbt_project.yml') }}
    {%- endfor -%}
  {%- endfor -%}
{%- endmacro %}
