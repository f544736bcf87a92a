{% macro spark__raw_readings() -%}
  {%- set whole = 'tinyint|smallint|int|bigint' -%}
  {%- set number = whole ~ '|float|double|decimal[(].*[)]' -%}
  {%- set day = '[0-9]{4}-[0-9]{2}-[0-9]{2}' -%}
  {%- set time = '([ T][0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]+)?)?Z?)?' -%}
  {{ return({
    'varchar': [
      ['string|(var)?char[(].*[)]', 'VALUE', none],
      [whole, 'cast(VALUE as string)', none],
    ],
    'varchar[]': [['array<string>', 'VALUE', none]],
    'bigint': [
      ['bigint', 'VALUE', none],
      [
        number, 'cast(VALUE as bigint)',
        'VALUE = floor(VALUE) and abs(VALUE) < 9223372036854775807',
      ],
    ],
    'double': [
      ['double', 'VALUE', none],
      [number, 'cast(VALUE as double)', none],
    ],
    'boolean': [
      ['boolean', 'VALUE', none],
      [number, 'cast(VALUE as boolean)', 'VALUE in (0, 1)'],
    ],
    'date': [
      ['date', 'VALUE', none],
      ['timestamp(_ntz)?', 'cast(VALUE as date)', none],
      [
        'string', 'cast(VALUE as date)',
        "VALUE rlike '^" ~ day ~ "$' and try_cast(VALUE as date) is not null",
      ],
    ],
    'timestamp': [
      ['timestamp_ntz', 'VALUE', none],
      ['date|timestamp', 'cast(VALUE as timestamp_ntz)', none],
      [
        'string', "cast(trim(trailing 'Z' from VALUE) as timestamp_ntz)",
        "VALUE rlike '^" ~ day ~ time ~ "$' and try_cast("
        ~ "trim(trailing 'Z' from VALUE) as timestamp_ntz) is not null",
      ],
    ],
  }) }}
{%- endmacro %}
