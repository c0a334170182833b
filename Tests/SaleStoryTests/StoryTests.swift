// A story from its parts: the clock, money in words, and the page of a sale that was sold out, or that nobody came to.

import Reports
import Testing

@testable import SaleStory

@Suite("The story of a sale")
struct StoryTests {
    private static func terms(free: Int, sold: Int, now: Int64) -> SaleHistory.Terms {
        SaleHistory.Terms(
            startedAt: 1_000_000_000, endedAt: 4_600_000_000, itemCount: 10, stockPerItem: 1, limit: 2,
            holdSeconds: 120, isArchived: false, free: free, held: 0, sold: sold, now: now)
    }

    private static func history(free: Int, sold: Int, now: Int64 = 5_000_000_000) -> SaleHistory {
        let clock = StoryClock(start: 1_000_000_000, first: nil, end: 1_010_000_000)
        return SaleHistory(
            number: 7, terms: terms(free: free, sold: sold, now: now), clock: clock,
            unpaid: Records([Records.Column("ended"), Records.Column("price")]),
            bought: Records([Records.Column("price")]))
    }

    @Test(
        "A clock has at most 120 steps of a round length, from the first thing that happened to the end",
        arguments: [(nil, 10, 1, 10, 0), (-60, 60, 1, 120, -60), (0, 3_600, 30, 120, 0), (5, 86_400, 900, 96, 0)]
            as [(Int64?, Int64, Double, Int, Double)])
    func clock(first: Int64?, end: Int64, step: Double, count: Int, from: Double) {
        let start: Int64 = 1_000_000_000
        let clock = StoryClock(start: start, first: first.map { start + $0 * 1_000_000 }, end: start + end * 1_000_000)
        #expect(clock.stepSeconds == step && clock.count == count && clock.axis.lowerBound == from)
        #expect(clock.partCount <= 8 && clock.part * Int64(clock.partCount) >= clock.step * Int64(count))
    }

    @Test(
        "Money has the decimals of its currency",
        arguments: [
            (123_450, "EUR", "1,234.50 EUR"), (5, "USD", "0.05 USD"), (1_200, "JPY", "1,200 JPY"),
            (-1_050, "KWD", "-1.050 KWD"),
        ])
    func money(minorUnits: Int64, currency: String, words: String) {
        #expect(Money.words(minorUnits, currency) == words)
        #expect(Money.brief(minorUnits, currency) == words)
        #expect(Money.brief(102_221_585, "EUR") == "1,022,216 EUR")
        #expect(Money.brief(8_012_345_678, "EUR") == "80.1 M EUR")
    }

    @Test(
        "Spans are short",
        arguments: [
            (0.84, "0.8 s"), (42, "42 s"), (185, "3 min 5 s"), (120, "2 min"), (7_800, "2 h 10 min"),
            (-30, "30 s before"),
        ])
    func spans(seconds: Double, words: String) {
        #expect(HistoryPage.span(seconds) == words)
    }

    @Test("A sale that sold out says when, to whom, for how much, and what became of the holds")
    func soldOut() {
        var history = Self.history(free: 0, sold: 10)
        history.units["held"] = [8, 4, 0, 2, 0, 0, 0, 0, 0, 0]
        history.units["purchased"] = [0, 4, 4, 2, 0, 0, 0, 0, 0, 0]
        history.units["expired"] = [0, 0, 3, 0, 0, 0, 0, 0, 0, 0]
        history.units["cancelled"] = [0, 1, 0, 0, 0, 0, 0, 0, 0, 0]
        history.carts = [6, 2, 0, 1, 0, 0, 0, 0, 0, 0]
        history.takings["EUR"] = (0..<10).map { .init(orders: $0 == 3 ? 7 : 0, minorUnits: $0 == 3 ? 123_456 : 0) }
        history.buyers = .init(took: 9, bought: 7, halfAfter: 1.24, mostAfter: 3)
        history.acts = [.init(version: 2, at: 1_002_000_000, act: "pause_all", actor: "ann", reason: "a <late> truck")]
        history.unpaid.add(["ran out unpaid", "high"], count: 3)
        history.unpaid.add(["given back", "low"])
        history.bought.add(["low"], count: 10)
        #expect(history.level(["purchased"], less: []) == [0, 4, 8, 10, 10, 10, 10, 10, 10, 10])
        let page = HistoryPage(history: history, answer: .notAsked).text
        for words in [
            "Sold out after 4.0 s: 7 buyers bought 10 of 10 units.", ">ended</span>", "<dd>1,234.56 EUR</dd>",
            "<dd>1.2 s</dd>", "What became of 14 holds", "ran out unpaid</th>", "21.4 %, 3</td>", "given back</th>",
            "<td>a &lt;late&gt; truck</td>", "No Prometheus was asked", "took something</th>", "All: price low.",
            "The stock as it went",
            "change of the sale, by its number",
        ] { #expect(page.contains(words), "\(words)") }
        for word in ["<script", "src=", "href=", "url("] { #expect(!page.contains(word), "\(word)") }
    }

    @Test("Restocks and refunds are told with who, units and money, and what was sold again counts as sold out last")
    func changed() {
        var history = Self.history(free: 0, sold: 20)
        history.terms.stockPerItem = 2
        history.units["held"] = [10, 0, 11, 0, 0, 0, 0, 0, 0, 0]
        history.units["purchased"] = [0, 10, 10, 0, 0, 0, 1, 0, 0, 0]
        history.units["refunded"] = [0, 0, 0, 0, 1, 0, 0, 0, 0, 0]
        history.buyers = .init(took: 20, bought: 20)
        history.carts = [10, 0, 11, 0, 0, 0, 0, 0, 0, 0]
        history.takings["EUR"] = [SaleHistory.Takings](repeating: .init(), count: 10)
        history.takings["EUR"]?[1] = .init(orders: 10, minorUnits: 100_000)
        history.takings["EUR"]?[4] = .init(unitsRefunded: 1, minorUnitsRefunded: 12_345)
        history.acts = [
            .init(
                version: 2, at: 1_002_000_000, act: "restock", actor: "ann", reason: "a truck",
                changes: [.stock(from: 1, to: 2)]),
            .init(
                version: 3, at: 1_004_500_000, act: "refund", actor: "bob", reason: "broken",
                changes: [.refund(order: 5, units: 1, minorUnits: 12_345, currency: "EUR")]),
            .init(
                version: 4, at: 1_005_000_000, act: "limit", actor: "bob", reason: "many",
                changes: [.limit(from: 2, to: 3), .end(from: 4_600_000_000, to: 4_700_000_000)]),
            .init(
                version: 5, at: 1_005_500_000, act: "pace", actor: "bob", reason: "doors",
                changes: [.pace(from: nil, to: 1_500)]),
        ]
        #expect(history.stocks.map(\.from) == [0, 2] && history.stocks.map(\.stock) == [1, 2])
        #expect(history.soldOutAfter == 7, "it was sold out before the restock, and before the refund, too")
        let page = HistoryPage(history: history, answer: .notAsked).text
        for words in [
            "Sold out after 7.0 s: 20 buyers bought 21 units. Operators changed the stock from 10 to 20 units.",
            "1 unit came back for 123.45 EUR. That leaves 20 of 20 units sold.",
            "<dd>1,000.00 EUR</dd>", "<dt>refunded</dt><dd>123.45 EUR</dd>",
            "<dt>left after refunds</dt><dd>876.55 EUR</dd>", "less refunds",
            "<td>1 to 2 units of each item: 10 units more</td>", "<td>ORD-7-5: 1 unit, 123.45 EUR</td>",
            "<td>2 to 3 units for a buyer, until 1970-01-01 01:18:20</td>", "<td>as found to 1,500 a second</td>",
            "<td>bob</td><td>1</td><td>1</td><td>123.45 EUR</td>",
        ] { #expect(page.contains(words), "\(words)") }
    }

    @Test("Without an answer of Prometheus the page says why, and tells the rest; one that has nothing is named too")
    func withoutMetrics() {
        var history = Self.history(free: 0, sold: 10)
        history.units["held"] = [10, 0, 0, 0, 0, 0, 0, 0, 0, 0]
        history.units["purchased"] = [0, 10, 0, 0, 0, 0, 0, 0, 0, 0]
        let missing = HistoryPage(history: history, answer: .missing("no <answer>")).text
        #expect(missing.contains("<p>They are missing: no &lt;answer&gt;.</p>"))
        #expect(missing.contains("The stock as it went") && !missing.contains("from Prometheus"))
        let empty = HistoryPage(history: history, answer: .found(MetricsHistory())).text
        #expect(empty.contains("Prometheus has nothing of that time") && !empty.contains("They are missing"))
    }

    @Test("A sale that nobody came to has no charts, and one to come says so")
    func nobody() {
        let page = HistoryPage(history: Self.history(free: 10, sold: 0), answer: .notAsked).text
        #expect(page.contains("Nobody has taken anything.") && !page.contains("<svg"))
        let coming = HistoryPage(history: Self.history(free: 10, sold: 0, now: 1), answer: .notAsked).text
        #expect(coming.contains("The sale has not begun.") && coming.contains(">to come</span>"))
    }

    @Test(
        "An address that is no Prometheus's is refused in a sentence", arguments: ["", "prom", "ftp://x", "http://"])
    func address(url: String) {
        #expect { try PrometheusReader(url: url) } throws: { "\($0)".contains("must be like http://127.0.0.1:9090") }
    }
}
