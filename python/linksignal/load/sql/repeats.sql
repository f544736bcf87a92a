-- The rows of a raw table that another one stands for.
create table {{ repeats | identifier }} as
with numbered as (
    select
        {{ key }},
        row_number() over (
            partition by {{ content | join(", ") }}
            order by {{ order | join(", ") }}
        ) as copy_number
    from judged
    where
        {{ condition }}
        and {{ digest }} in (select content_hash from suspects)
)

select {{ key }}
from numbered
where copy_number > 1;
