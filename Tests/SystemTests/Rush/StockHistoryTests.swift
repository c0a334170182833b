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
}
