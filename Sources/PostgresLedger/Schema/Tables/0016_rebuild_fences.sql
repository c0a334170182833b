-- The rebuild of each sale has a fence of its own, in a row of its own that its first lease makes.
delete from duties where duty = 'rebuild';
