// Mutants whose Lua scripts lack a guard.

extension Mutant {
    static let scripts = [
        lua(
            "no_marker_check", lacks: "the marker of epoch and run",
            Cut("redis.call('GET', marker) == wanted and redis.call('EXISTS'", "redis.call('EXISTS'")),
        lua(
            "no_key_check", lacks: "that a lost key is no stock",
            Cut(" and redis.call('EXISTS', free, sold, held, buyers) == 4\nend", "\nend")),
        lua(
            "no_gate_limit", lacks: "the gate's limit",
            Cut("if buyer.bought + #buyer.ordinals >= limit then return -2 end")),
        lua(
            "no_gate_duplicates", lacks: "that a buyer reserves an item once",
            Cut("if taken >= first and taken <= last then return -1 end")),
        lua(
            "reserves_nothing", lacks: "that a reserved unit is not free",
            Cut("redis.call('SETBIT', free, unit, 0) == 0", "redis.call('GETBIT', free, unit) == 0")),
        lua(
            "held_means_sold_out", lacks: "that all held is not all sold",
            Cut("return soldCount == stock and -4 or -3", "return -4")),
        lua("blind_begin", lacks: "that a code's lock has one holder", Cut("'NX', 'PX'", "'PX'")),
        lua(
            "blind_unlock", lacks: "the token of a lock that is released",
            Cut("if holds == ARGV[1] then\n    redis.call('DEL'", "if holds then\n    redis.call('DEL'")),
        lua(
            "blind_unlock_with_facts", lacks: "the token of a lock that is released with facts",
            Cut("local isOurs = holds == ARGV[index + 2]", "local isOurs = holds")),
        lua(
            "blind_release", lacks: "that only its holder's code frees a unit",
            Cut("if formerCode ~= code then return end", "if not formerCode then return end")),
        lua(
            "blind_count", lacks: "that a unit sold twice counts once",
            Cut("if wasSold and not isHolder then return end"),
            Cut("if not wasSold then buyer.bought = buyer.bought + 1 end", "buyer.bought = buyer.bought + 1")),
        lua(
            "held_over_sold", lacks: "that sold wins over held",
            Cut("if redis.call('GETBIT', draft.keys.sold, ordinal) == 1 then return end")),
        lua(
            "former_holder_keeps", lacks: "that a unit sold to another leaves its former holder",
            Cut("= false\n    take(buyerOf(draft, name), ordinal)", "= false")),
        lua(
            "forgets_requests_before", lacks: "that a request sees what those before it in its call have reserved",
            Cut("= buyers[name]\n", "= parseBuyer(redis.call('HGET', buyersKey, name))\n    buyers[name] = buyer\n")),
        lua(
            "forgets_facts_before", lacks: "that a fact sees what those before it in its call have changed",
            Cut("local entry = draft.entries[ordinal]\n    if entry == nil then entry = ", "local entry = "),
            Cut("redis.call('HGET', draft.keys.held, ordinal) end", "redis.call('HGET', draft.keys.held, ordinal)")),
        lua(
            "lower_epoch_loads", lacks: "that a lower epoch replaces nothing",
            Cut("if markerRunID == runID and tonumber(markerEpoch) > epoch then return 0 end"),
            Cut("if markerRunID == ARGV[4] and tonumber(markerEpoch) > tonumber(ARGV[3]) then return 0 end")),
        lua(
            "keeps_facts_of_another_stock", lacks: "that facts of another stock name other units",
            Cut(" and stock(redis.call('GET', load)) == stock(ARGV[1]) then", " then")),
        lua(
            "forgets_facts_of_a_load", lacks: "the facts committed while a snapshot was read",
            Cut("for index = firstFact, #ARGV do redis.call('RPUSH', kept, ARGV[index]) end")),
    ]

    private static func lua(_ name: String, lacks: String, _ cuts: Cut...) -> Mutant {
        Mutant(name, lacks: lacks, .scripts(cuts))
    }
}
