// False refusals, judged by the holds.

import Testing

@Suite("A refusal, judged by the holds")
struct StockHistoryTests {
    private static let second = 1_000_000

    /// An item with two units: one is sold after the first second; buyer 2 holds the other from the second to the
    /// fifth.
    private static let history = StockHistory(
        stock: 2,
        spans: [
            7: [
                StockHistory.Span(buyer: 1, since: second, until: .max),
                StockHistory.Span(buyer: 2, since: 2 * second, until: 5 * second),
            ]
        ])

    private static func isFalse(item: Int = 7, at seconds: Double, buyer: Int = 3, isLate: Bool = false) -> Bool {
        history.isFalse(
            StockHistory.Refusal(buyer: buyer, item: item, heardAt: Int(seconds * Double(second)), isLate: isLate))
    }

    @Test("It is true while all units are taken and a second longer; before, after, and for another item it is false")
    func checkout() {
        #expect(Self.isFalse(at: 1.9))
        #expect(!Self.isFalse(at: 2.1))
        #expect(!Self.isFalse(at: 4))
        #expect(!Self.isFalse(at: 6))
        #expect(Self.isFalse(at: 6.5))
        #expect(Self.isFalse(item: 8, at: 4))
    }

    @Test("A late payer is refused because of other buyers' holds: its own hold is no reason")
    func late() {
        #expect(Self.isFalse(at: 5.5, buyer: 2, isLate: true))
        #expect(!Self.isFalse(at: 5.5, buyer: 3, isLate: true))
        #expect(!Self.isFalse(at: 5.5, buyer: 2))
    }

    @Test("Of a sale that is restocked it is true while as many units are taken as there are, and a second longer")
    func restocked() {
        let history = StockHistory(
            stock: 1,
            restocks: [(9, 1), (4, 2)].map { StockHistory.Restock(since: $0 * Self.second, stock: $1) },
            spans: [7: [StockHistory.Span(buyer: 1, since: Self.second, until: .max)]])
        for (seconds, isFalse) in [(3.0, false), (5, false), (5.5, true), (8.9, true), (9.1, false)] {
            let heardAt = Int(seconds * Double(Self.second))
            let refusal = StockHistory.Refusal(buyer: 3, item: 7, heardAt: heardAt, isLate: false)
            #expect(history.isFalse(refusal) == isFalse, "at \(seconds) s")
        }
    }
}
