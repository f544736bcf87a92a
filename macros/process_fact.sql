{% macro process_fact(name) -%}
  {%- set query = "select getvariable('linksignal')" -%}
  {%- set facts = run_query(query).columns[0].values()[0] -%}
  {{ return(fromjson(facts or '{}').get(name)) }}
{%- endmacro %}
