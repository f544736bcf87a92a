-- Hashes that occur more than once among the rows of a raw table: only these
-- rows are compared in full.
create or replace temp table suspects as
select {{ digest }} as content_hash
from judged
where {{ condition }}
group by all
having count(*) > 1;
