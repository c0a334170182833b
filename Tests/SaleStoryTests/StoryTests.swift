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
        let page = HistoryPage(history: history, metrics: nil).text
        for words in [
            "Sold out after 4.0 s: 7 buyers bought 10 of 10 units.", ">ended</span>", "<dd>1,234.56 EUR</dd>",
            "<dd>1.2 s</dd>", "What became of 14 holds", "ran out unpaid</th>", "21.4 %, 3</td>", "given back</th>",
            "<td>a &lt;late&gt; truck</td>", "No Prometheus was asked", "took something</th>", "All: price low.",
            "The stock as it went",
            "change of the sale, by its number",
        ] { #expect(page.contains(words), "\(words)") }
        for word in ["<script", "src=", "href=", "url("] { #expect(!page.contains(word), "\(word)") }
    }

    @Test("A sale that nobody came to has no charts, and one to come says so")
    func nobody() {
        let page = HistoryPage(history: Self.history(free: 10, sold: 0), metrics: nil).text
        #expect(page.contains("Nobody has taken anything.") && !page.contains("<svg"))
        let coming = HistoryPage(history: Self.history(free: 10, sold: 0, now: 1), metrics: nil).text
        #expect(coming.contains("The sale has not begun.") && coming.contains(">to come</span>"))
    }

    @Test(
        "An address that is no Prometheus's is refused in a sentence", arguments: ["", "prom", "https://x", "http://"])
    func address(url: String) {
        #expect { try PrometheusReader(url: url) } throws: { "\($0)".contains("must be like http://127.0.0.1:9090") }
    }
}
