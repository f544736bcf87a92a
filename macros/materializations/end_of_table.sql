{% macro end_of_table(table) %}
  {{ run_hooks(post_hooks, inside_transaction=True) }}
  {%- if model.language == 'sql' -%}
    {%- do adapter.commit() -%}
  {%- endif -%}
  {{ run_hooks(post_hooks, inside_transaction=False) }}
  {{ return({'relations': [table]}) }}
{% endmacro %}
