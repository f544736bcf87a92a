{% macro raw_columns(table) -%}
  {%- set contract = raw_contract(table) -%}
  {%- set delivered = {} -%}
  {%- for row in run_query('describe select * from ' ~ raw_relation(table)) -%}
    {%- do delivered.setdefault(row[0] | lower, [row[0], row[1]]) -%}
  {%- endfor -%}
  {%- set as_is = {} -%}
  {%- for column in contract.columns.values()
      if column.data_type not in as_is -%}
    {%- do as_is.update({column.data_type: raw_type(column.data_type)}) -%}
  {%- endfor -%}
  {%- set needed = contract.config.meta.get('needed', []) -%}
  {%- set found = [] -%}
  {%- for column in contract.columns.values() -%}
    {%- if column.name in delivered -%}
      {%- set name, type = delivered[column.name] -%}
      {%- set quoted = adapter.quote(name.replace('"', '""')) -%}
      {%- do found.append({
        'name': column.name,
        'expression': quoted if type | lower == as_is[column.data_type]
            else raw_expression(table, column, quoted, type),
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
