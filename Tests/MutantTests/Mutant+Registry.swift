// Mutants of the registry in the ledger.

extension Mutant {
    static let registry = [
        Mutant(
            "lists_the_silent", lacks: "that an instance that beats no more is gone",
            .schema([
                Cut(" where i.seen_at >= clock_timestamp() - instance_silence() limit", " limit"),
                Cut("where x.seen_at < clock_timestamp() - instance_silence() and", "where false and"),
            ])),
        Mutant(
            "beats_once", lacks: "that each beat counts",
            .schema([Cut("seen_at = excluded.seen_at", "seen_at = i.seen_at")])),
        Mutant(
            "instances_are_short", lacks: "the bound of what an instance says",
            .wall(
                removal: "alter table instances drop constraint instances_are_short",
                attempt: """
                    insert into instances values ('1', repeat('a', 600), '', '', '', now(), now())
                    """)),
    ]
}
