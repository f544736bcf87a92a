{% macro place_of_table() %}
  {%- set old = load_cached_relation(this) -%}
  {%- if pre_hooks -%}
    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}
  {%- endif -%}
  {%- if old is not none and not old.is_table -%}
    {%- do adapter.drop_relation(old) -%}
    {%- do adapter.commit() -%}
  {%- endif -%}
  {{ return(this.incorporate(type='table')) }}
{% endmacro %}
