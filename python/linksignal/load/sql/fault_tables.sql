-- One row per broken record.
create table faults (
    record_number bigint,
    "column" varchar,
    reason varchar,
    value_prefix varchar
);

-- How many broken records stand before those that follow the place.
create table shifts (
    place bigint,
    faults bigint
);

-- Blank lines, by the number of the line below the header.
create table blank_lines (slot bigint);
