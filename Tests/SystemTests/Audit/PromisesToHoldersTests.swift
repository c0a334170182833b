// The judge of what holders and the refused are told, with journals made by hand: each breach has its neighbours that
// are none.

import Testing

@testable import Audit

@Suite("The audit of what holders are told")
struct PromisesToHoldersTests {
    private static let code = "CHK-7-a"

    /// Buyer 4 holds items 1 and 2 of three, until 90 s.
    private static let holds = [
        "S 1 1000000000 4 checkout 1", "A 1 1100000000 200 won - \(code) - 89000",
        "S 2 2000000000 4 checkout 2", "A 2 2100000000 200 won - \(code) - 90000",
    ]

    private static func history(_ more: [String]) throws -> History {
        let head = "\(History.mark) run=r wall=0 sale=7 items=3 stock=1 limit=3 target=http://x:1"
        return try History(parsing: Array(([head] + holds + more + ["E 9", ""]).joined(separator: "\n").utf8))
    }

    private static func broken(_ more: [String], _ evidence: Evidence = Evidence()) throws -> [String] {
        PromiseAudit(try history(more), evidence, hasStrangers: false).findings.filter { $0.breaches > 0 }.map(\.check)
    }

    /// A purchase of the cart in a second, and its answer 10 ms later.
    private static func purchase(_ answer: String, at second: Int = 10, id: Int = 9) -> [String] {
        ["S \(id) \(second)000000000 4 purchase \(code)", "A \(id) \(second)010000000 \(answer)"]
    }

    private static let denial = "400 limit user_limit_exceeded - - -"
    private static let stand = ["acknowledged_holds_stand"]

    @Test(
        "A holder is denied its purchase for no reason but a pause, and \"in progress\" is no denial",
        arguments: [
            (denial, true), ("400 refused sale_not_active - - -", true), ("410 refused checkout_expired - - -", true),
            ("409 sold_out item_held - - -", true), ("422 refused idempotency_key_reused - - -", true),
            ("409 refused sale_paused - - -", false), ("409 refused purchase_in_progress - - -", false),
            ("503 shed - - - -", false), ("401 error - - - -", false),
        ])
    func denied(answer: String, isBreach: Bool) throws {
        // The judge of stock has its own opinion of a hold that is not there.
        let found = try Self.broken(Self.purchase(answer)).filter { $0 != PromiseAudit.falseSoldOut }
        #expect(found == (isBreach ? Self.stand : []))
    }

    @Test("A denial may be true once the holds are over, were cancelled, or may have been bought")
    func deniedWithCause() throws {
        #expect(try Self.broken(Self.purchase(Self.denial, at: 89)) == Self.stand)
        #expect(try Self.broken(Self.purchase(Self.denial, at: 90)) == [])
        let cancelled = ["S 5 3000000000 4 cancel \(Self.code)", "A 5 3100000000 0 unknown - - - -"]
        #expect(try Self.broken(cancelled + Self.purchase(Self.denial)) == [])
        let another = Self.purchase("0 unknown - - - -", at: 5, id: 8)
        #expect(try Self.broken(another + Self.purchase(Self.denial)) == [])
    }

    @Test("A cart that was bought has an order, whoever asked for it")
    func bought() throws {
        let told = Self.purchase("409 refused already_processed - - -")
        var evidence = Evidence()
        #expect(try Self.broken(told, evidence) == [])
        evidence.orders[Self.code] = Evidence.Order(items: [1, 2])
        #expect(try Self.broken(told, evidence) == [])
        evidence.orders = [:]
        evidence.ordersMissing = [Self.code]
        #expect(try Self.broken(told, evidence) == Self.stand)
    }

    @Test("A purchase sells every item whose hold lives")
    func unsold() throws {
        #expect(try Self.broken(Self.purchase("200 won - - 1,2 -")) == [])
        #expect(try Self.broken(Self.purchase("200 won - - 1 -")) == Self.stand)
        #expect(try Self.broken(Self.purchase("200 won - - 2 -", at: 88)) == Self.stand)
        #expect(try Self.broken(Self.purchase("200 won - - 2 -", at: 89)) == [])
        // What was taken meanwhile may be in the next cart, or in this one.
        let meanwhile = ["S 5 10000000000 4 checkout 3", "A 5 10005000000 200 won - \(Self.code) - 98000"]
        #expect(try Self.broken(meanwhile + Self.purchase("200 won - - 1,2 -")) == [])
    }

    @Test("An acknowledgement names what the order has, and its price, each time")
    func receipts() throws {
        #expect(try Self.broken(Self.purchase("200 won - - - -")) == ["acknowledged_orders_exist"])
        let told = Self.purchase("200 won - - 1,2 - ORD-7-1:42")
        for (receipt, isOne) in [(" ORD-7-1:42", true), ("", true), (" ORD-7-1:43", false), (" ORD-7-2:42", false)] {
            let again = Self.purchase("200 won - - 1,2 -\(receipt)", at: 11, id: 10)
            #expect(try Self.broken(told + again) == (isOne ? [] : ["purchases_have_one_answer"]))
        }
        for (order, isRight) in [
            (Evidence.Order(items: [1, 2], receipt: "ORD-7-1:42"), true), (Evidence.Order(items: [1, 2]), true),
            (Evidence.Order(items: [1, 2], receipt: "ORD-7-1:41"), false), (Evidence.Order(items: [1, 2, 3]), false),
        ] {
            var evidence = Evidence()
            evidence.orders[Self.code] = order
            #expect(try Self.broken(told, evidence) == (isRight ? [] : ["acknowledged_orders_exist"]))
        }
    }

    @Test("A code is one buyer's")
    func twoBuyers() throws {
        let other = ["S 5 3000000000 5 checkout 3", "A 5 3100000000 200 won - \(Self.code) - 91000"]
        #expect(try Self.broken(other) == ["acknowledged_checkouts_are_holds"])
    }

    /// A refused checkout of an item by a buyer.
    private static func refusal(_ buyer: Int, _ item: Int, _ words: String) -> [String] {
        ["S 9 10000000000 \(buyer) checkout \(item)", "A 9 10010000000 \(words) - - -"]
    }

    private static let groundless = ["refusals_have_a_cause"]

    @Test("A buyer hears of the limit only if it may have taken that much")
    func limit() throws {
        let words = "400 limit user_limit_exceeded"
        #expect(try Self.broken(Self.refusal(6, 3, words)) == Self.groundless)
        // Whether an operator has lowered the limit is not known.
        #expect(try Self.broken(Self.refusal(4, 3, words)) == [])
        let lost = ["S 5 3000000000 6 checkout 3", "A 5 3100000000 0 unknown - - - -"]
        #expect(try Self.broken(lost + Self.refusal(6, 3, words)) == [])
        var evidence = Evidence()
        evidence.log = SaleLog(SaleLog.Terms(stock: 1, limit: 3))
        #expect(try Self.broken(Self.refusal(4, 3, words), evidence) == Self.groundless)
        evidence.log?.add(SaleLog.Terms(stock: 1, limit: 2), from: 5_000_000_000)
        #expect(try Self.broken(Self.refusal(4, 3, words), evidence) == [])
    }

    @Test("A buyer hears that it holds an item only if it may have got it, and of a line only where there is one")
    func inventions() throws {
        let words = "400 refused already_checked_out"
        #expect(try Self.broken(Self.refusal(4, 2, words)) == [])
        #expect(try Self.broken(Self.refusal(4, 3, words)) == Self.groundless)
        #expect(try Self.broken(Self.refusal(6, 2, words)) == Self.groundless)
        let line = Self.refusal(6, 3, "429 refused waiting_room")
        #expect(try Self.broken(line) == Self.groundless)
        var history = try Self.history(line)
        history.sale.roomStarts = 0
        let findings = PromiseAudit(history, Evidence(), hasStrangers: false).findings
        #expect(findings.first { $0.check == Self.groundless[0] }?.breaches == 0)
    }

    @Test("What the database knows of a buyer's holds counts beside what the journal has")
    func held() throws {
        var evidence = Evidence()
        let hold = { (user: String) in Evidence.Hold(user: user, expires: 99_000) }
        evidence.holds = [
            Evidence.HoldKey(code: Self.code, item: 1): hold("load-r-4"),
            Evidence.HoldKey(code: Self.code, item: 2): hold("load-r-4"),
            Evidence.HoldKey(code: "CHK-7-b", item: 3): hold("load-r-6"),
        ]
        for words in ["400 limit user_limit_exceeded", "400 refused already_checked_out"] {
            #expect(try Self.broken(Self.refusal(6, 3, words), evidence) == [])
            #expect(try Self.broken(Self.refusal(5, 3, words), evidence) == Self.groundless)
        }
    }
}
