{% macro check_study() -%}
  {%- for name in settings() -%}
    {%- set checked = setting(name) -%}
  {%- endfor -%}
  {%- if execute -%}
    {{ adapter.dispatch('check_inputs', 'linksignal')() }}
  {%- endif -%}
{%- endmacro %}

{% macro default__check_inputs() -%}
    {{ check_dates() }}
    {{ check_unfinished_load() }}
    {{ check_raw() }}
    {%- if reads_handover() -%}
      {{ check_handover() }}
    {%- endif -%}
    {{ check_landed_files() }}
    {{ check_authority_source() }}
    {{ check_signals() }}
{%- endmacro %}

{#- Spark builds the link models alone: what they read is checked. -#}
{% macro spark__check_inputs() -%}
  {{ check_dates() }}
  {{ check_unfinished_load() }}
  {%- set there = raw_there(
      ['backlinks', 'backlink_profiles', 'study_domains']
  ) -%}
  {%- if 'backlinks' not in there -%}
    {{ stop('the raw tables have no backlinks, and Spark reads nothing else: '
        ~ 'build with DuckDB alone') }}
  {%- endif -%}
  {%- for table in there -%}
    {{ check_raw_values(table) }}
  {%- endfor -%}
{%- endmacro %}
