// Mutants whose schema lacks a guard of a sale's life.

extension Mutant {
    static let life = [
        sql(
            "blind_change", lacks: "the version that a change is for",
            Cut("when v_sale.version <> p_version then 'stale'")),
        sql(
            "changes_twice", lacks: "that a change under a key is made once",
            Cut("where e.sale_id = p_sale and e.idempotency_key = p_key;", "where false;")),
        sql(
            "holds_in_a_pause", lacks: "that a pause refuses checkouts",
            Cut("when p_sale.paused_at is not null then 'paused'")),
        sql(
            "many_hold_in_a_pause", lacks: "that a pause refuses many checkouts together",
            Cut("\n        and v_sale.paused_at is null\n")),
        sql(
            "sells_in_a_pause", lacks: "that a pause of all refuses purchases",
            Cut("if p_sale.purchases_paused_at is not null then", "if false then")),
        sql(
            "many_sold_in_a_pause", lacks: "that a pause of all refuses many purchases together",
            Cut("cardinality(p_code) > 3 and v_sale.purchases_paused_at is null", "cardinality(p_code) > 3")),
        sql(
            "time_goes_on_in_a_pause", lacks: "that no hold ends in a pause of all",
            Cut("least(v_now, (select s.purchases_paused_at from sales s where s.sale_id = p_sale))", "v_now")),
        sql(
            "pause_costs_holds", lacks: "that holds end later by a pause of all",
            Cut("set expires_at = expires_at + v_pause where", "set expires_at = expires_at where")),
        sql(
            "sweeper_forgets_the_pause", lacks: "that the sweeper knows of the later ends",
            Cut("set next_end = next_end + v_pause", "set next_end = next_end"),
            Cut("set expires_at = c.expires_at + v_pause", "set expires_at = c.expires_at")),
        sql(
            "later_holds_end_sooner", lacks: "that holds end in the order in which they were made",
            Cut("v_sale.ended_at), v_sale.ends_from);", "v_sale.ended_at));")),
        sql(
            "keeps_the_epoch", lacks: "the new epoch of a sale that is extended",
            Cut("coalesce(v_ended_at > s.ended_at, false)::int", "0")),
        sql(
            "ends_in_the_past", lacks: "that a new end is to come",
            Cut("when p_act = 'set_end' and p_ended_at <= greatest(v_now, v_sale.started_at) then 'bad_end'")),
        sql(
            "changes_go_unlogged", lacks: "the version and the line of a change",
            Cut("if sale_terms(new) = sale_terms(old) then", "if true then")),
    ]
}
