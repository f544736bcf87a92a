-- One row per address behind a redirector: where it leads, where that is
-- known. An address that a redirector has led to has a rule no more; a
-- placeholder is no address and leads nowhere.
create table redirects as
select
    address,
    case
        when rule is null and not is_placeholder(address) then current
    end as target,
    is_titled,
    is_placeholder(address) as is_placeholder
from hops
where
    rule is not null
    or current <> address
    or is_placeholder(address);

drop table hops;
drop table redirector_sites;
