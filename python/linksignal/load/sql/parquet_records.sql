-- One row per row of the file, all as texts. Some tools write texts without
-- saying that they are; and a folder named like domain=x above the raw
-- directory gives no column.
create table records as
with texts as (
    select
        {% for name, is_nested in nested.items() %}
        {{ "to_json" if is_nested }}({{ name | identifier }})::varchar
            as {{ name | file_column }},
        {% endfor %}
        file_row_number + 1 as place
    from
        read_parquet(
            {{ path | literal }},
            file_row_number = true,
            binary_as_string = true,
            hive_partitioning = false
        )
)

select
    *,
    case
        {% for name in nested %}
        when strlen({{ name | file_column }}) > {{ longest }}
            then {{ name | literal }}
        {% endfor %}
    end as too_long
from texts;

insert into faults
select
    place as record_number,
    too_long as "column",
    'too_long' as reason,
    null as value_prefix
from records
where too_long is not null;

delete from records
where too_long is not null;
