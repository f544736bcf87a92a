{# dbt takes a materialization from the project alone, none from a package.
   These are linksignal's: a table or view takes the place of the old one in one
   statement, and a test of many rules says which of them are broken. Without
   this file dbt's own build the same tables, for more CPU. #}
{% materialization table, adapter='duckdb', supported_languages=['sql', 'python'] %}
  {%- set table = linksignal.place_of_table() -%}
  {%- call statement('main', language=model.language) -%}
    {{ linksignal.replace_table(table, compiled_code, model.language) }}
  {%- endcall -%}
  {{ return(linksignal.end_of_table(table)) }}
{% endmaterialization %}

{% materialization view, adapter='duckdb' %}
  {{ return(linksignal.materialization_view_duckdb()) }}
{% endmaterialization %}

{% materialization test, adapter='duckdb' %}
  {{ return(linksignal.materialization_test_duckdb()) }}
{% endmaterialization %}
