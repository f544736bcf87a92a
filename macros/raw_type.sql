{% macro raw_type(data_type) -%}
  {{ return(adapter.dispatch('raw_type', 'linksignal')(data_type)) }}
{%- endmacro %}

{% macro default__raw_type(data_type) -%}
  {{ return(data_type) }}
{%- endmacro %}

{% macro spark__raw_type(data_type) -%}
  {{ return({
    'varchar': 'string',
    'varchar[]': 'array<string>',
    'timestamp': 'timestamp_ntz',
    'integer': 'int',
  }.get(data_type, data_type)) }}
{%- endmacro %}
