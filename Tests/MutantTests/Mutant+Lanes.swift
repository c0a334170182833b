// Mutants whose lanes lack a guard.

extension Mutant {
    static let lanes = [
        sql(
            "no_lane_lock", lacks: "the lane's lock",
            Cut(
                "pg_advisory_xact_lock_shared('sales'::regclass::oid::int, p_sale),\n            pg_advisory_xact_lock("
                    + "'stocks'::regclass::oid::int, ((p_sale::bigint * 64 + p_lane) % 2147483647)::int);",
                "pg_advisory_xact_lock_shared('sales'::regclass::oid::int, p_sale);")),
        sql(
            "lane_beside_all", lacks: "that a lane waits for whoever has the whole sale",
            Cut("pg_advisory_xact_lock_shared('sales'::regclass::oid::int, p_sale),\n            ")),
        sql(
            "any_lane", lacks: "that a batch is of its lane",
            Cut("where lane_of(c.code, p_sale.lane_count) <> p_lane", "where false")),
        sql(
            "lanes_without_end", lacks: "that a lane is one of the sale's",
            Cut("if p_lane >= p_sale.lane_count or exists (", "if exists (")),
        sql(
            "claims_in_any_order", lacks: "that lanes claim units in one order",
            Cut("            order by a.item, a.number\n            returning request", "            returning request")
        ),
        sql(
            "claims_are_all_won", lacks: "that a lane holds what it has claimed, and not another's",
            Cut("else u.taken_by = r.request end", "else true end")),
        sql(
            "sweeps_another_lane", lacks: "that a lane's sweep leaves what another lane holds by now",
            Cut(" and lane_of(x.code, v_sale.lane_count) = p_lane", "")),
        sql(
            "forgets_lanes_that_hold_nothing", lacks: "that a sale's changes stay while any lane holds something",
            Cut(
                "clock_timestamp()\n                and not exists (select from stocks k where",
                "clock_timestamp()\n                and not exists (select from stocks k where k.lane = x.lane and")),
        sql(
            "claims_count_as_held", lacks: "that a unit of this batch is no hold from before it",
            Cut(" and x.request <> all (coalesce(p_claimed, '{}'))", "")),
        sql(
            "searches_beside_lanes", lacks: "that a unit is looked for by whoever has the whole sale",
            Cut("        if not is_new then\n            outcome := 'apart';\n            return;\n        end if;\n")),
        sql(
            "refused_claims_stay", lacks: "that a claim whose buyer is refused is given up",
            Cut("elsif v_row.request = any (v_claimed) then", "elsif false then")),
        sql(
            "sweeps_one_lane", lacks: "that what is due in any lane is free",
            Cut(
                "from generate_series(0, v_sale.lane_count - 1) as l (lane)\n        cross join lateral end_due_holds("
                    + "p_sale, l.lane, least(v_now, v_sale.purchases_paused_at), 1000) e;",
                "from end_due_holds(p_sale, p_lane, least(v_now, v_sale.purchases_paused_at), 1000) e;")),
        sql(
            "due_holds_refuse", lacks: "that no lane refuses because of a hold that is due",
            Cut(
                "then case when p_is_whole then 'again' else 'apart' end",
                "then case when p_is_whole then 'again' else v_decision.outcome end")),
        sql(
            "late_beside_lanes", lacks: "that a late purchase has the whole sale",
            Cut("    if not p_is_whole then\n        outcome := 'apart';\n        return;\n    end if;\n")),
    ]
}
