{% macro raw_expression(table, column, quoted, type, readings) -%}
  {%- for pattern, expression, condition in readings
      if modules.re.fullmatch(pattern, type) -%}
    {%- if condition -%}
      {%- set query -%}
        select any_value(
            left(cast({{ quoted }} as {{ raw_type('varchar') }}), 40)
        )
        from {{ raw_relation(table) }}
        where
            {{ quoted }} is not null
            and not coalesce({{ condition.replace('VALUE', quoted) }}, false)
      {%- endset -%}
      {%- set wrong = run_query(query).columns[0].values()[0] -%}
      {%- if wrong is not none -%}
        {{ stop('the raw table ' ~ table ~ ' has ' ~ column.name ~ ' as '
            ~ type ~ ', with the value ' ~ wrong ~ ': write it as '
            ~ column.data_type) }}
      {%- endif -%}
    {%- endif -%}
    {{ return(expression.replace('VALUE', quoted)) }}
  {%- endfor -%}
  {%- set query -%}
    select count({{ quoted }}) from {{ raw_relation(table) }}
  {%- endset -%}
  {%- if run_query(query).columns[0].values()[0] > 0 -%}
    {{ stop('the raw table ' ~ table ~ ' has ' ~ column.name ~ ' as ' ~ type
        ~ ': write it as ' ~ column.data_type) }}
  {%- endif -%}
  {{ return('cast(null as ' ~ raw_type(column.data_type) ~ ')') }}
{%- endmacro %}
