{% macro check_python_package() -%}
  {%- set query -%}
    select regexp_extract(content, '(?m)^version: "(.*)"', 1)
    from read_text('{{ package_dir().replace("'", "''") }}/dbt_project.yml')
  {%- endset -%}
  {%- set needed = run_query(query).columns[0].values()[0] -%}
  {%- set installed = process_fact('linksignal_version') -%}
  {%- if installed is none -%}
    {{ stop('the Python package linksignal is not in use: install linksignal '
        ~ needed ~ ' beside dbt, and name its plugin in your profiles.yml, '
        ~ 'plugins: [{module: linksignal.dbt_guard}]') }}
  {%- elif installed != needed -%}
    {{ stop('the Python package linksignal is ' ~ installed ~ ' and the dbt '
        ~ 'package ' ~ needed ~ ': install both in one version') }}
  {%- endif -%}
{%- endmacro %}
