// The ways in which the audit's tests spoil the answers that are kept: of checkouts under a key, and of cancellations.

extension Spoiling {
    static let answers = [
        Spoiling(
            "keys_have_one_answer", says: "key of buyer ann in sale 1 answers with unit 5/1",
            "update idempotency_keys set item = 5"),
        Spoiling(
            "keys_have_one_answer", says: "answers with unit 1/1",
            "update idempotency_keys set code = (select code from checkouts where user_id = 'bob')"),
        Spoiling(
            "keys_have_one_answer", says: "buyer ann of sale 1 has 2 answers to one key",
            """
            alter table idempotency_keys drop constraint idempotency_keys_once;
            insert into idempotency_keys select * from idempotency_keys;
            """),
        Spoiling(
            "keys_have_one_answer", says: "key of buyer ann in sale 1 answers with a cart of 9, which had 2 holds",
            "update idempotency_keys set items_count = 9"),
        cancelling(says: "of cyd in sale 1: a cart of nobody, 1 items", "code = '\(AuditedSale.code("f"))'"),
        cancelling(says: "of dan in sale 1: a cart of cyd, 1 items", "user_id = 'dan'"),
        cancelling(says: "a cart of cyd, 1 items, 1 numbers, 1 ages; 0 were cancelled", "items = '{5}'"),
        cancelling(says: "a cart of cyd, 1 items, 0 numbers, 1 ages", "numbers = '{}'"),
        cancelling(says: "a cart of cyd, 1 items, 1 numbers, 0 ages; 1 were cancelled", "ages_ms = '{}'"),
        cancelling(says: "1 were cancelled, -1 are left", "items_left = -1"),
    ]

    private static func cancelling(says: String, _ change: String) -> Spoiling {
        Spoiling("cancellations_are_whole", says: says, "update cancellations set \(change)")
    }
}
