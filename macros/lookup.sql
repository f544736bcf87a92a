{% macro lookup(name) -%}
  {%- if not execute -%}
    {%- set needed = ref(name) -%}
    {{ return([]) }}
  {%- endif -%}
  {%- set query -%}
    select *
    from read_csv(
      '{{ package_dir().replace("'", "''") }}/seeds/lookups/{{ name }}.csv',
      all_varchar = true,
      header = true,
      delim = ',',
      quote = '"',
      escape = '"'
    )
    order by sort_order::integer
  {%- endset -%}
  {{ return(run_query(query).rows) }}
{%- endmacro %}
