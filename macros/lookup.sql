{% macro lookup(name) -%}
  {%- if not execute -%}
    {%- set needed = ref(name) -%}
    {{ return([]) }}
  {%- endif -%}
  {%- set file = "'" ~ package_dir().replace("'", "''")
      ~ '/seeds/lookups/' ~ name ~ ".csv'" -%}
  {%- set header = "select split_part(content, chr(10), 1) from read_text("
      ~ file ~ ')' -%}
  {#- With the columns named, a line with one comma too many is told. -#}
  {%- set query -%}
    select *
    from read_csv(
      {{ file }},
      header = true,
      auto_detect = false,
      columns = {
        {%- for column in run_query(header).columns[0].values()[0].split(',') -%}
          '{{ column }}': 'varchar'{{ ', ' if not loop.last }}
        {%- endfor -%}
      }
    )
    order by sort_order::integer
  {%- endset -%}
  {{ return(run_query(query).rows) }}
{%- endmacro %}
