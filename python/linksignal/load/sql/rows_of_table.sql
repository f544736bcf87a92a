-- The rows of a raw table that another one stands for, and those that land.
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
        {{ "false" if not has_suspects else condition }}
        and {{ digest }} in (select content_hash from suspects)
)

select {{ key }}
from numbered
where copy_number > 1;

create view {{ rows | identifier }} as
select *
from judged
anti join {{ repeats | identifier }} using ({{ key }})
where {{ condition }};
