{% macro check_raw_values(table) -%}
  {%- set highest = raw_contract(table).config.meta.highest_count -%}
  {%- set checks = ["select '' as name, null as wrong where false"] -%}
  {%- for column in raw_columns(table) -%}
    {%- set data_type = raw_contract(table).columns[column.name].data_type -%}
    {%- set wrong -%}
      {%- if column.name == 'as_of' -%}
        as_of is null
        or as_of not between date '1990-01-01' and current_date + 1
      {%- elif data_type == 'bigint' and column.name != 'record_number' -%}
        {{ adapter.quote(column.name) }} not between
        -{{ highest }} and {{ highest }}
      {%- endif -%}
    {%- endset -%}
    {%- if wrong -%}
      {%- do checks.append(
        "select '" ~ column.name ~ "', coalesce(cast(any_value("
        ~ adapter.quote(column.name) ~ ') as ' ~ raw_type('varchar')
        ~ "), 'NULL') from rows where " ~ wrong
        ~ ' having count(*) > 0'
      ) -%}
    {%- endif -%}
  {%- endfor -%}
  {%- set query -%}
    with rows as {{ inlined() }} (select * from {{ raw(table) }})
    {{ checks | join(' union all ') }}
  {%- endset -%}
  {%- for name, wrong in run_query(query) -%}
    {{ stop('the raw table ' ~ table ~ ' has the ' ~ name ~ ' ' ~ wrong ~ ': '
        ~ ('a record needs the day that it describes, from 1990 to today'
            if name == 'as_of'
            else 'counts beyond ' ~ highest ~ ' cannot be added up')) }}
  {%- endfor -%}
{%- endmacro %}
