// A number of each sale, where one gauge is for all of them.

import Synchronization

/// The numbers of sales that should be 0. A gauge shows the one that is furthest from it: a sum would be 0 where two
/// sales differ in opposite ways.
final class SaleNumbers: Sendable {
    private let numbers = Mutex<[SaleID: Int]>([:])

    /// Notes a sale's number, and returns the one of all sales that is furthest from 0.
    ///
    /// - Parameter sales: those of the sale's pod that count now. The numbers of its others are forgotten.
    func note(_ number: Int, of sale: SaleID, among sales: [Sale]) -> Int {
        numbers.withLock { numbers in
            numbers[sale] = number
            numbers = numbers.filter { known in
                known.key.pod != sale.pod || sales.contains { $0.id == known.key }
            }
            return numbers.values.max { $0.magnitude < $1.magnitude } ?? number
        }
    }
}
