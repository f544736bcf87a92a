{#- How each column of the contract is read from a raw table as it was
    delivered: a list of name and SQL expression. Stops with one sentence on a
    column that is needed and not there, or that cannot be read as the
    contract's type without guessing. -#}
{% macro raw_columns(table) -%}
  {%- set contract = raw_contract(table) -%}
  {%- set delivered = {} -%}
  {%- for row in run_query('describe select * from ' ~ raw_relation(table)) -%}
    {%- do delivered.setdefault(row[0] | lower, [row[0], row[1]]) -%}
  {%- endfor -%}
  {%- set needed = contract.config.meta.get('needed', []) -%}
  {%- set found = [] -%}
  {%- for column in contract.columns.values() -%}
    {%- if column.name in delivered -%}
      {%- set name, type = delivered[column.name] -%}
      {%- set quoted = '"' ~ name.replace('"', '""') ~ '"' -%}
      {%- do found.append({
        'name': column.name,
        'expression': raw_expression(table, column, quoted, type),
      }) -%}
    {%- elif column.name in needed -%}
      {{ stop('the raw table ' ~ table ~ ' has no column ' ~ column.name
          ~ ', which it needs: ' ~ column.description) }}
    {%- else -%}
      {%- do found.append({
        'name': column.name,
        'expression': 'cast(null as ' ~ column.data_type ~ ')',
      }) -%}
    {%- endif -%}
  {%- endfor -%}
  {{ return(found) }}
{%- endmacro %}


{#- The expression that reads one column. A type that may hold what the
    contract has no place for is read only where no value does. -#}
{% macro raw_expression(table, column, quoted, type) -%}
  {%- for pattern, expression, condition in raw_readings()[column.data_type]
      if modules.re.fullmatch(pattern, type) -%}
    {%- if condition -%}
      {%- set query -%}
        select any_value(left(cast({{ quoted }} as varchar), 40))
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
  {{ return('cast(null as ' ~ column.data_type ~ ')') }}
{%- endmacro %}


{#- By type of the contract: delivered type, expression, and the condition that
    every value must meet where the type alone does not vouch for it. -#}
{% macro raw_readings() -%}
  {%- set whole = 'U?(TINY|SMALL|BIG|HUGE)INT|U?INTEGER' -%}
  {%- set number = whole ~ '|FLOAT|DOUBLE|DECIMAL\\(.*\\)' -%}
  {%- set day = '[0-9]{4}-[0-9]{2}-[0-9]{2}' -%}
  {%- set time = '([ T][0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]+)?)?Z?)?' -%}
  {{ return({
    'varchar': [
      ['VARCHAR', 'VALUE', none],
      ['UUID|ENUM\\(.*\\)|' ~ whole, 'cast(VALUE as varchar)', none],
    ],
    'varchar[]': [['VARCHAR\\[\\]', 'VALUE', none]],
    'bigint': [
      ['BIGINT', 'VALUE', none],
      [
        number, 'cast(VALUE as bigint)',
        'VALUE = trunc(VALUE) and abs(VALUE) < 9223372036854775807',
      ],
    ],
    'double': [
      ['DOUBLE', 'VALUE', none],
      [number, 'cast(VALUE as double)', none],
    ],
    'boolean': [
      ['BOOLEAN', 'VALUE', none],
      [number, 'cast(VALUE as boolean)', 'VALUE in (0, 1)'],
    ],
    'date': [
      ['DATE', 'VALUE', none],
      ['TIMESTAMP(_S|_MS|_NS)?', 'cast(VALUE as date)', none],
      [
        'TIMESTAMP WITH TIME ZONE',
        "cast(timezone('UTC', VALUE) as date)", none,
      ],
      [
        'VARCHAR', 'cast(VALUE as date)',
        "regexp_full_match(VALUE, '" ~ day ~ "')"
        ~ ' and try_cast(VALUE as date) is not null',
      ],
    ],
    'timestamp': [
      ['TIMESTAMP', 'VALUE', none],
      ['DATE|TIMESTAMP_(S|MS|NS)', 'cast(VALUE as timestamp)', none],
      ['TIMESTAMP WITH TIME ZONE', "timezone('UTC', VALUE)", none],
      [
        'VARCHAR', "cast(rtrim(VALUE, 'Z') as timestamp)",
        "regexp_full_match(VALUE, '" ~ day ~ time ~ "')"
        ~ " and try_cast(rtrim(VALUE, 'Z') as timestamp) is not null",
      ],
    ],
  }) }}
{%- endmacro %}
