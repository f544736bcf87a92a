{% macro check_authority_source() -%}
  {%- if setting('authority_source') -%}
    {%- set query -%}
      select distinct source from {{ raw('domain_scores') }} order by source
    {%- endset -%}
    {%- set sources = run_query(query).columns[0].values() -%}
    {%- if setting('authority_source') not in sources -%}
      {{ stop("var 'authority_source' names '" ~ setting('authority_source')
          ~ "', which delivered no score: the sources are "
          ~ (sources | join(', ') or 'none')) }}
    {%- endif -%}
  {%- endif -%}
{%- endmacro %}
