-- Records by the domain they are about, and how many links the tool has of it.
select
    {{ about }} as about,
    count(*) as record_count,
    max(try_cast({{ expected }} as bigint)) as expected
from records
group by about
order by about;
