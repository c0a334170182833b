// Which epoch of a sale the gate remembers.

import FlashSale
import Testing

@testable import RedisGate

@Suite struct EpochBookTests {
    private static func sale(_ number: Int32, epoch: Int32) -> Sale {
        Sale(
            id: SaleID(number), startedAt: Timestamp(microseconds: 0), endedAt: Timestamp(microseconds: 1),
            itemCount: 1, stockPerItem: 1, maxItemsPerBuyer: 1, hold: .seconds(1), epoch: epoch)
    }

    @Test("The latest epoch counts, whether a caller or a marker named it")
    func latest() throws {
        let book = EpochBook(try #require(LedgerID("00c0ffee00c0ffee")))
        #expect(book.keys(of: Self.sale(1, epoch: 2)).epoch == 2)
        #expect(book.learn(5, of: SaleID(1)).epoch == 5)
        #expect(book.keys(of: Self.sale(1, epoch: 4)).epoch == 5)
        #expect(book.learn(3, of: SaleID(1)).epoch == 5)
        #expect(book.keys(of: Self.sale(1, epoch: 6)).epoch == 6)
        #expect(book.keys(of: Self.sale(2, epoch: 1)).epoch == 1)
    }

    @Test("Beyond the limit the oldest sales are forgotten")
    func bounded() throws {
        let book = EpochBook(try #require(LedgerID("00c0ffee00c0ffee")))
        for number in 1...Int32(EpochBook.limit + 1) { _ = book.learn(9, of: SaleID(number)) }
        #expect(book.keys(of: Self.sale(1, epoch: 1)).epoch == 1)
        #expect(book.keys(of: Self.sale(Int32(EpochBook.limit + 1), epoch: 1)).epoch == 9)
    }

    @Test(
        "A marker is an epoch, a run of Redis and a stock, and nothing else",
        arguments: [
            ("3 abc 4", Marker(epoch: 3, runID: "abc", stockPerItem: 4)), ("", nil), ("3", nil), ("3 abc", nil),
            ("x abc 4", nil), ("3  4", nil), ("3 abc x", nil), ("3 a b 4", nil),
        ])
    func marker(text: String, marker: Marker?) {
        #expect(Marker(text) == marker)
    }
}
