{% macro end_of_table(table) %}
  {%- if post_hooks -%}
    {{ run_hooks(post_hooks, inside_transaction=True) }}
  {%- endif -%}
  {%- if model.language == 'sql' -%}
    {%- do adapter.commit() -%}
  {%- endif -%}
  {%- if post_hooks -%}
    {{ run_hooks(post_hooks, inside_transaction=False) }}
  {%- endif -%}
  {{ return({'relations': [table]}) }}
{% endmacro %}
