{% macro raw_readings() -%}
  {{ return(adapter.dispatch('raw_readings', 'linksignal')()) }}
{%- endmacro %}

{% macro default__raw_readings() -%}
  {%- set whole = 'U?(TINY|SMALL|BIG|HUGE)INT|U?INTEGER' -%}
  {%- set number = whole ~ '|FLOAT|DOUBLE|DECIMAL\\(.*\\)' -%}
  {%- set times = raw_time_readings() -%}
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
    'date': times['date'],
    'timestamp': times['timestamp'],
  }) }}
{%- endmacro %}
