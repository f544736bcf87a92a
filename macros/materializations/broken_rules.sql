{% macro broken_rules(sql) %}
  {%- set counted = run_query(
      "select string_agg(rule || ' in ' || row_count || if(row_count = 1, "
      ~ "' row', ' rows'), ', ' order by rule) "
      ~ "from (select unnest(string_split(broken_rules, ', ')) as rule, "
      ~ "count(*) as row_count from (" ~ sql ~ ") as found group by rule)"
  ) -%}
  {{ return(counted.rows[0][0]) }}
{% endmacro %}
