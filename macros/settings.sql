{% macro settings() -%}
  {%- set name = '[A-Za-z_][A-Za-z0-9_]*' -%}
  {%- set date = '|[0-9]{4}-[0-9]{2}-[0-9]{2}' -%}
  {%- set line = '[^\\x00-\\x1f\\x7f]{0,80}' -%}
  {{ return({
    'study_name': [line, 'one line of at most 80 characters'],
    'market': [line, 'one line of at most 80 characters'],
    'raw_dir': ['[^\'"\\\\*?\\[\\]{};:\\x00-\\x1f]+', 'a plain path'],
    'raw_database': ['|' ~ name, 'the name of an attached database'],
    'raw_schema': ['|' ~ name, 'the name of a schema'],
    'links_from': ['rows|spark', 'rows or spark'],
    'answers_from': [date, 'a date, YYYY-MM-DD'],
    'answers_to': [date, 'a date, YYYY-MM-DD'],
    'backlinks_as_of': [date, 'a date, YYYY-MM-DD'],
    'country': ['|[a-z]{2}', "two letters, lower case, quoted ('no')"],
    'language': ['|[a-z]{2}', "two letters, lower case, quoted ('en')"],
    'authority_source': ['|[a-z0-9_.-]+', 'the name of a source'],
    'backlink_source_priority': [
      '|[a-z0-9_.-]+( *, *[a-z0-9_.-]+)*', 'sources, comma-separated'
    ],
    'seed': ['[0-9]{1,9}', 'a whole number, at most 9 digits'],
    'resample_count': ['[1-9][0-9]{2,6}', 'a whole number, 100 to 9999999'],
    'draw_count': ['[1-9][0-9]{1,5}', 'a whole number, 10 to 999999'],
    'ci_level': ['0[.][5-9][0-9]*', 'a share from 0.5 to below 1'],
    'equivalence_margin': ['0[.][0-9]*[1-9][0-9]*', 'a number between 0 and 1'],
    'cluster_by': ['owner|category', 'owner or category'],
    'flat_ratio': ['[1-9][0-9]*[.][0-9]*[1-9][0-9]*', 'a number above 1'],
    'link_count_tolerance': ['[0-9]+([.][0-9]+)?', 'a number, 0 or more'],
  }) }}
{%- endmacro %}
