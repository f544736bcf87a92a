{% macro replace_table(table, compiled_code, language) %}
{%- if language == 'python' -%}
{{ compiled_code }}

def materialize(frame, connection):
    connection.register('frame_of_model', frame)
    connection.execute(
        'create or replace table {{ table }} as from frame_of_model'
    )
    connection.unregister('frame_of_model')
{%- elif config.get('contract').enforced -%}
  {{ get_assert_columns_equivalent(compiled_code) }}
  create or replace table {{ table }}
  {{ get_table_columns_and_constraints() }};
  insert into {{ table }} {{ get_column_names() }} (
    {{ get_select_subquery(compiled_code) }}
  )
{%- else -%}
  create or replace table {{ table }} as (
    {{ compiled_code }}
  )
{%- endif -%}
{% endmacro %}
