// Mutants of the waiting room: walls of its tables, and guards of its functions.

extension Mutant {
    static let queueWalls = [
        Mutant(
            "queues_keep_their_word", lacks: "the trigger against another draw, and against a fall of called",
            .wall(
                removal: "drop trigger queues_keep_their_word on queues",
                attempt: """
                    do $$ begin
                        perform open_queue(1, 600);
                        update queues set ticket_count = 9, called = 5;
                        update queues set called = 4;
                    end $$
                    """)),
        Mutant(
            "queues_draw_before_calls", lacks: "the check that nobody is called before the draw",
            .wall(
                removal: "alter table queues drop constraint queues_draw_before_calls",
                attempt: "insert into queues (sale_id, gather_seconds, seed, called) values (1, 0, repeat('0', 64), 1)")
        ),
        Mutant(
            "service_keys_length", lacks: "the check that a key is no short one",
            .wall(
                removal: "alter table service_keys drop constraint service_keys_length",
                attempt: "insert into service_keys (secret) values ('short')")),
    ]

    static let queues = [
        queue(
            "draws_before_the_start", lacks: "that the draw is published after the start",
            Cut("\n        and s.started_at + interval '500 milliseconds' <= clock_timestamp()")),
        queue(
            "draws_anew", lacks: "that the draw stays as it is",
            Cut("where q.sale_id = p_sale and q.ticket_count is null and", "where q.sale_id = p_sale and")),
        queue(
            "stale_usher_draws", lacks: "the fence of who publishes the draw",
            Cut("if not fence_stands('usher', p_fence) then", "if false then")),
        queue(
            "stale_usher_calls", lacks: "the fence of who calls numbers",
            Cut("is not null and fence_stands('usher', p_fence);", "is not null;")),
        queue(
            "calls_before_the_draw", lacks: "that numbers are called after the draw",
            Cut("and q.ticket_count is not null and fence_stands", "and fence_stands")),
        queue(
            "calls_from_elsewhere", lacks: "that numbers are called from where the usher saw the line",
            Cut("and q.called = p_from and", "and")),
        queue(
            "tells_the_seed", lacks: "that the seed is a secret until the draw",
            Cut("case when q.ticket_count is not null then q.seed end", "q.seed")),
        queue(
            "counts_reports_twice", lacks: "that a report replaces the one before it",
            Cut("set gathered = excluded.gathered,", "set gathered = r.gathered + excluded.gathered,")),
        queue(
            "counts_comers_twice", lacks: "that a report of those who came replaces the one before it",
            Cut("set shown = excluded.shown where", "set shown = w.shown + excluded.shown where")),
        queue(
            "counts_other_lines", lacks: "that a line counts its own reports",
            Cut("from queue_reports x where x.sale_id = p_sale\n", "from queue_reports x\n")),
        queue(
            "expects_the_former", lacks: "that who was called before the clock was set back is expected no more",
            Cut(" and x.stepped_at <= now.read_at")),
        queue(
            "signs_at_once", lacks: "that a new key of tickets signs once every instance knows it",
            Cut("order by k.made_at <= clock_timestamp() - interval '2 seconds' desc,", "order by")),
        Mutant(
            "keeps_old_keys", lacks: "that tickets of a key that was replaced twice count no more",
            .schema([
                Cut("order by x.key_id desc limit 2", "order by x.key_id desc limit 3"),
                Cut("    delete from service_keys where key_id < (select max(k.key_id) from service_keys k);\n"),
            ])),
        queue(
            "forgets_the_first_number", lacks: "that a cart keeps the number of its first checkout",
            Cut(" and y.queue_number is null limit 1", " limit 1")),
    ]

    private static func queue(_ name: String, lacks: String, _ cut: Cut) -> Mutant {
        Mutant(name, lacks: lacks, .schema([cut]))
    }
}
