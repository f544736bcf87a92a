{# dbt-duckdb builds a table beside the old one, renames both and drops the old
   one: five statements where one does, half of what dbt costs at a model. Here
   the new table takes the place of the old one in one transaction. #}
{% materialization table, adapter='duckdb', supported_languages=['sql', 'python'] %}
  {%- set old = load_cached_relation(this) -%}
  {%- set table = this.incorporate(type='table') -%}
  {{ run_hooks(pre_hooks, inside_transaction=False) }}
  {{ run_hooks(pre_hooks, inside_transaction=True) }}
  {%- if old is not none and not old.is_table -%}
    {%- do adapter.drop_relation(old) -%}
    {%- do adapter.commit() -%}
  {%- endif -%}
  {%- call statement('main', language=model.language) -%}
    {{ replace_table(table, compiled_code, model.language) }}
  {%- endcall -%}
  {{ run_hooks(post_hooks, inside_transaction=True) }}
  {%- if model.language == 'sql' -%}
    {%- do adapter.commit() -%}
  {%- endif -%}
  {{ run_hooks(post_hooks, inside_transaction=False) }}
  {{ return({'relations': [table]}) }}
{% endmaterialization %}
