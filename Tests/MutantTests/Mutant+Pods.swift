// Mutants whose ledger does not keep to its pod, or loses a shop between two.

extension Mutant {
    /// Walls between pods.
    static let podWalls = [
        Mutant(
            "sales_keep_to_their_pod", lacks: "the trigger against a sale in another pod's time",
            .wall(
                removal: "drop trigger sales_keep_to_their_pod on sales",
                attempt: """
                    do $$ begin
                        perform give_shop('main', 0, 1);
                        insert into sales (
                            started_at, ended_at, item_count, stock_per_item, taken_max, hold_seconds
                        )
                        select ended_at, ended_at + interval '1 hour', 1, 1, 1, 1 from sales;
                    end $$
                    """))
    ]

    static let pods = [
        sql(
            "numbers_of_any_pod", lacks: "that a sale has a number of its pod",
            Cut("if new.sale_id >> 24 <> v_pod then", "if false then")),
        sql(
            "ends_in_anothers_time", lacks: "that no sale ends after its shop has gone",
            Cut("elsif new.ended_at > v_placement.begins_at then", "elsif false then")),
        sql(
            "begins_in_anothers_time", lacks: "that no sale begins before its shop has come",
            Cut("elsif new.started_at < v_placement.begins_at then", "elsif false then")),
        sql(
            "gives_by_any_word", lacks: "that a shop is given away by the word that the mover has seen",
            Cut("if coalesce(v_placement.version, 0) = p_version\n        and", "if")),
        sql(
            "gives_what_it_has_not", lacks: "that a pod gives away only what it has",
            Cut(
                "and coalesce(v_placement.pod, 0) = (select l.pod from ledger l) and coalesce",
                "and coalesce")),
        sql(
            "gives_beside_a_creation", lacks: "the shop's lock before it is given away",
            Cut(
                "perform pg_advisory_xact_lock('shop_placements'::regclass::oid::int, hashtext(p_shop));\n"
                    + "    select * into v_placement",
                "select * into v_placement")),
        sql(
            "forgets_the_last_sale", lacks: "that the next pod begins after the last sale",
            Cut("(select max(s.ended_at) from sales s where s.shop = p_shop), v_placement", "v_placement")),
        sql(
            "believes_old_words", lacks: "that a later word stands",
            Cut("and (p.version, p.pod) >= (p_version, p_pod)", "and false")),
        sql(
            "becomes_any_pod", lacks: "that only an empty ledger becomes a pod",
            Cut("v_pod <> 0 or exists (select from sales)", "false")),
    ]
}
