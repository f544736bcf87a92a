{# As a table: in one statement. #}
{% materialization view, adapter='duckdb' %}
  {%- set old = load_cached_relation(this) -%}
  {%- set view = this.incorporate(type='view') -%}
  {%- if pre_hooks -%}
    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}
  {%- endif -%}
  {%- if old is not none and not old.is_view -%}
    {%- do adapter.drop_relation(old) -%}
  {%- endif -%}
  {%- call statement('main') -%}
    create or replace view {{ view }} as (
      {{ compiled_code }}
    )
  {%- endcall -%}
  {{ return(linksignal.end_of_table(view)) }}
{% endmaterialization %}
