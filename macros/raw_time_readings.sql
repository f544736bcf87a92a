{% macro raw_time_readings() -%}
  {%- set day = '[0-9]{4}-[0-9]{2}-[0-9]{2}' -%}
  {%- set time = '([ T][0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]+)?)?Z?)?' -%}
  {{ return({
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
