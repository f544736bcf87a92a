{# As a table: in one statement. #}
{% materialization view, adapter='duckdb' %}
  {%- set old = load_cached_relation(this) -%}
  {%- set view = this.incorporate(type='view') -%}
  {{ run_hooks(pre_hooks, inside_transaction=False) }}
  {{ run_hooks(pre_hooks, inside_transaction=True) }}
  {%- if old is not none and not old.is_view -%}
    {%- do adapter.drop_relation(old) -%}
  {%- endif -%}
  {%- call statement('main') -%}
    create or replace view {{ view }} as (
      {{ compiled_code }}
    )
  {%- endcall -%}
  {{ run_hooks(post_hooks, inside_transaction=True) }}
  {%- do adapter.commit() -%}
  {{ run_hooks(post_hooks, inside_transaction=False) }}
  {{ return({'relations': [view]}) }}
{% endmaterialization %}
