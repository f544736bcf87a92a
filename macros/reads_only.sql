{% macro reads_only(expression, columns) -%}
  {#- DuckDB tells by its parser what an expression reads. -#}
  {%- set parsed = "json_serialize_sql('select ' || " ~ expression ~ ")" -%}
  ({{ parsed }} ->> '$.error') = 'false'
  {%- if columns %}
  and list_has_all(
      [
        '',
      {%- for column in columns -%}
        '["{{ column }}"]'{{ ', ' if not loop.last }}
      {%- endfor -%}
      ],
      string_split(lower(array_to_string(
          {{ parsed }} ->> '$..column_names', '|'
      )), '|')
  )
  {%- endif %}
{%- endmacro %}
