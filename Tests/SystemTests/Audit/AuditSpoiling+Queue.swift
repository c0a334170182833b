// The ways in which the audit's tests spoil a waiting room. Without the spoiling, each of these lines is sound.

extension Spoiling {
    static let queues = [
        queueing(
            "drawn_numbers_follow_the_seed", says: "of sale 1 has number 1 of 1000, and the draw gives",
            "update queues set ticket_count = 1000"),
        queueing(
            "calls_follow_the_formula", says: "calls 51 numbers after 0 up to 51; 50 are allowed",
            "update queues set called = 51; update queue_steps set step = 51, called = 51"),
        queueing(
            "calls_follow_the_formula", says: "calls 50 numbers after 0 up to 50; 11 are allowed",
            "update queue_steps set free = 10"),
        queueing(
            "calls_follow_the_formula", says: "calls 50 numbers after 0 up to 50; 49 are allowed",
            "update queue_steps set last_number = 49"),
        queueing(
            "calls_follow_the_formula", says: "60 are called, and its steps end at 50",
            "update queues set called = 60"),
        queueing(
            "carts_had_their_turn", says: "with number 51, when 50 were called",
            "update checkouts set queue_number = 51 where user_id = 'ann'"),
        queueing(
            "carts_had_their_turn", says: "with number none, when 50 were called",
            "update checkouts set queue_number = null where user_id = 'ann'"),
        Spoiling(
            "carts_had_their_turn", says: "of sale 2 was opened at",
            """
            update sales set retired_at = now(), archived_at = now() where sale_id = 2;
            with gone as (delete from items where sale_id = 2 returning *)
            insert into archived_items select * from gone;
            insert into archived_checkouts
            values (2, gen_random_uuid(), 'gus', '{}', '{}', now() - interval '2 days', 1);
            insert into queues (sale_id, gather_seconds, seed, ticket_count)
            values (2, 600, repeat('0123456789abcdef', 4), 0);
            """),
        queueing(
            "lines_do_not_stand", says: "though 5 units and more were free",
            """
            insert into queue_steps
            select s.sale_id, s.stepped_at + n * interval '250 milliseconds', s.cohort, s.called, 0, s.last_number, 5,
                s.pending, s.units_per_cart, s.pace, s.share, s.seconds, false
            from queue_steps s, generate_series(1, 10) n
            """),
    ]

    private static func queueing(_ check: String, says: String, _ script: String) -> Spoiling {
        Spoiling(check, says: says, "\(line)\(script);\n")
    }

    /// A line in which 50 late buyers were called before the first cart was opened, and each cart has the first number.
    static let line = """
        insert into queues (sale_id, gather_seconds, seed, ticket_count, called)
        values (1, 600, repeat('0123456789abcdef', 4), null, 0);
        insert into queue_steps (
            sale_id, stepped_at, cohort, called, step, last_number, free, pending, units_per_cart, pace, share,
            seconds, is_nudge
        )
        select 1, min(opened_at) - interval '1 minute', 0, 50, 50, 100, 100, 0, 1, 200, 1, 0.25, false
        from checkouts where sale_id = 1;
        update checkouts set queue_number = 1 where sale_id = 1;
        alter table queues disable trigger queues_keep_their_word;
        update queues set ticket_count = 0, called = 50;

        """
}
