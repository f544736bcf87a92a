{% macro check_unfinished_load() -%}
  {%- if not reads_database()
      and adapter.dispatch('is_load_unfinished', 'linksignal')() -%}
    {{ stop('raw_dir ' ~ raw_dir() ~ ' holds half of a load: wait for the '
        ~ 'load that is at work there, or mend what a killed one left with '
        ~ 'linksignal loads --settle --raw ' ~ pasted(raw_dir())) }}
  {%- endif -%}
{%- endmacro %}

{% macro default__is_load_unfinished() -%}
  {%- set query -%}
    select count(*) from glob({{ raw_files('.loading', '*.txt') }})
  {%- endset -%}
  {{ return(run_query(query).columns[0].values()[0] > 0) }}
{%- endmacro %}

{% macro spark__is_load_unfinished() -%}
  {{ return('.loading' in spark__folders_with_files()) }}
{%- endmacro %}
