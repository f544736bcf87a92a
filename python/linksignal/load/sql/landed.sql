-- Records (and elements) that have a row in some raw table.
create view landed as
{%- for table in tables %}
{{ "union" if not loop.first }}
select {{ key }} from {{ ("rows:" ~ table) | identifier }}
{%- endfor %};
