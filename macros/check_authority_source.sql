{#- Stop when the chosen source of the authority score delivered no score. -#}
{% macro check_authority_source() -%}
  {%- if var('authority_source') -%}
    {%- set query -%}
      select distinct source from {{ raw('domain_scores') }} order by source
    {%- endset -%}
    {%- set sources = run_query(query).columns[0].values() -%}
    {%- if var('authority_source') not in sources -%}
      {{ stop("var 'authority_source' names '" ~ var('authority_source')
          ~ "', which delivered no score: the sources are "
          ~ (sources | join(', ') or 'none')) }}
    {%- endif -%}
  {%- endif -%}
{%- endmacro %}
