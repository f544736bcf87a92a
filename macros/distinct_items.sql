{% macro distinct_items(lists) -%}
  {{ return(adapter.dispatch('distinct_items', 'linksignal')(lists)) }}
{%- endmacro %}

{% macro default__distinct_items(lists) -%}
  {{ return('list_sort(list_distinct(flatten(list(' ~ lists ~ '))))') }}
{%- endmacro %}

{% macro spark__distinct_items(lists) -%}
  {{ return('array_sort(array_compact(array_distinct(flatten(collect_list('
      ~ lists ~ ')))))') }}
{%- endmacro %}
