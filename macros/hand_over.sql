{% macro handover_dir(table) -%}
  {{ return(raw_dir() ~ '/links/' ~ table) }}
{%- endmacro %}

{% macro hand_over(table) -%}
  {%- if execute and on_spark() -%}
    insert overwrite directory '{{ handover_dir(table) }}'
    using parquet
    select
        *,
        '{{ invocation_id }}' as handed_over_by
    from {{ this }}
  {%- endif -%}
{%- endmacro %}
