-- A page of the buyers that hold or have bought anything, by name.
select user_id from buyers
where sale_id = $1::int and user_id > $2::text and held + bought > 0
order by user_id limit $3::int
