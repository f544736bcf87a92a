-- One record that says zero in every column.
create table records as
select
    {% for name in names %}
    '0' as {{ name | file_column }},
    {% endfor %}
    1 as place;
