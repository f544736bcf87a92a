{% macro raw_files(table, names='*.parquet') -%}
  {%- set folder = modules.re.sub('([*?[])', '[\\1]', raw_dir()) -%}
  '{{ folder.replace("'", "''") }}/{{ table }}/{{ names }}'
{%- endmacro %}
