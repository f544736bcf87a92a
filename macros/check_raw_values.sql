{% macro check_raw_values(table) -%}
  {%- set highest = raw_contract(table).config.meta.highest_count -%}
  {%- set columns = raw_columns(table) -%}
  {%- set checks = {} -%}
  {%- for column in columns -%}
    {%- set data_type = raw_contract(table).columns[column.name].data_type -%}
    {%- set quoted = adapter.quote(column.name) -%}
    {%- if column.name == 'as_of' -%}
      {%- do checks.update({column.name: quoted ~ ' is null or ' ~ quoted
          ~ " not between date '1990-01-01' and current_date + 1"}) -%}
    {%- elif data_type == 'bigint' and column.name != 'record_number' -%}
      {%- do checks.update({column.name: quoted ~ ' not between -' ~ highest
          ~ ' and ' ~ highest}) -%}
    {%- endif -%}
  {%- endfor -%}
  {%- if checks -%}
    {%- set query -%}
      select
      {%- for name, wrong in checks.items() %}
        max(
          case when {{ wrong }} then coalesce(
            cast({{ adapter.quote(name) }} as {{ raw_type('varchar') }}),
            'NULL'
          ) end
        ) as {{ adapter.quote(name) }}
        {{- ',' if not loop.last }}
      {%- endfor %}
      from {{ raw_rows(table, columns) }}
    {%- endset -%}
    {%- set found = run_query(query).rows[0] -%}
    {%- for name in checks if found[name] is not none -%}
      {{ stop('the raw table ' ~ table ~ ' has the ' ~ name ~ ' '
          ~ found[name] ~ ': '
          ~ ('a record needs the day that it describes, from 1990 to today'
              if name == 'as_of'
              else 'counts beyond ' ~ highest ~ ' cannot be added up')) }}
    {%- endfor -%}
  {%- endif -%}
{%- endmacro %}
