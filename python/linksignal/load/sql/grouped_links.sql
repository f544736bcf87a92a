-- Links that the records stand for, and the largest group of them.
select
    sum(coalesce("backlinks.link_count", 1))::hugeint as links,
    max("backlinks.link_count") as largest
from "rows:backlinks";
