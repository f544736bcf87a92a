{% macro check_raw() -%}
  {%- set sides = {
    'backlinks': ['backlinks', 'backlink_profiles'],
    'AI visibility': ['ai_answers', 'ai_totals'],
  } -%}
  {%- set there = raw_there(
      graph.sources.values()
      | selectattr('package_name', 'equalto', 'linksignal')
      | selectattr('source_name', 'equalto', 'raw')
      | map(attribute='name') | list
  ) -%}
  {%- if not there and not reads_database() -%}
    {{ stop('raw_dir ' ~ raw_dir() ~ ' does not exist or holds no Parquet '
        ~ 'files: load exports into it with linksignal load FILE --raw '
        ~ pasted(raw_dir())) }}
  {%- endif -%}
  {%- for side, tables in sides.items() -%}
    {%- if tables[0] not in there and tables[1] not in there
        and not (side == 'backlinks' and reads_handover()) -%}
      {{ stop('the raw tables have no ' ~ side ~ ': load an export that gives '
          ~ tables | join(' or ')) }}
    {%- endif -%}
  {%- endfor -%}
  {%- if ('ai_answers' in there) != ('ai_references' in there) -%}
    {{ stop('the raw tables have only one of ai_answers and ai_references: '
        ~ 'load the export that gives the other') }}
  {%- endif -%}
  {%- for table in there
      if not (table == 'backlinks' and reads_handover()) -%}
    {{ check_raw_values(table) }}
  {%- endfor -%}
{%- endmacro %}
