{% macro raw_columns(table) -%}
  {%- set contract = raw_contract(table) -%}
  {%- set delivered = {} -%}
  {%- for row in run_query('describe select * from ' ~ raw_relation(table)) -%}
    {%- do delivered.setdefault(row[0] | lower, [row[0], row[1]]) -%}
  {%- endfor -%}
  {%- set readings = raw_readings() -%}
  {%- set needed = contract.config.meta.get('needed', []) -%}
  {%- set found = [] -%}
  {%- for column in contract.columns.values() -%}
    {%- if column.name in delivered -%}
      {%- set name, type = delivered[column.name] -%}
      {%- set quoted = adapter.quote(name.replace('"', '""')) -%}
      {%- do found.append({
        'name': column.name,
        'expression': raw_expression(
            table, column, quoted, type, readings[column.data_type]),
      }) -%}
    {%- elif column.name in needed -%}
      {{ stop('the raw table ' ~ table ~ ' has no column ' ~ column.name
          ~ ', which it needs: ' ~ column.description) }}
    {%- else -%}
      {%- do found.append({
        'name': column.name,
        'expression': 'cast(null as ' ~ raw_type(column.data_type) ~ ')',
      }) -%}
    {%- endif -%}
  {%- endfor -%}
  {{ return(found) }}
{%- endmacro %}
