{% macro check_unfinished_load() -%}
  {%- set query -%}
    select count(*) from glob({{ raw_files('.loading', '*.txt') }})
  {%- endset -%}
  {%- if not reads_database()
      and run_query(query).columns[0].values()[0] > 0 -%}
    {{ stop('raw_dir ' ~ raw_dir() ~ ' holds half of a load: wait for the '
        ~ 'load that is at work there, or mend what a killed one left with '
        ~ 'linksignal loads --settle --raw ' ~ pasted(raw_dir())) }}
  {%- endif -%}
{%- endmacro %}
