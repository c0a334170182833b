-- Takes back what a load of the gate reads.
drop function sale_snapshot(int);
