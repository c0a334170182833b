// Measures what a waiting room computes for a buyer: signing a ticket, checking one, and the number of the draw.
// `LoadTest/Benchmarks/room` prints the table with its own.

import FlashSale
import Telemetry
import WaitingRoom

@main
enum RoomBench {
    private static let rounds = 21
    private static let perRound = 20_000

    static func main() {
        guard let seed = DrawSeed(String(repeating: "0123456789abcdef", count: 4)) else { return }
        let keys = TicketKeys([TicketKey(id: 2, secret: secret(2)), TicketKey(id: 1, secret: secret(1))])
        let sale = SaleID(7)
        let buyers = (0..<perRound).compactMap { BuyerID("buyer-\($0)") }
        let ticket = QueueTicket(
            sale: sale, place: .late(1_234), joinedAt: Timestamp(microseconds: 1_700_000_000_000_000))
        let tickets = buyers.compactMap { keys.sign(ticket, for: $0) }
        report("sign a ticket", most: nil) { keys.sign(ticket, for: buyers[$0])?.utf8.count ?? 0 }
        report("check a ticket", most: 2) { index in
            if case .genuine = keys.check(tickets[index], of: buyers[index], in: sale) { 1 } else { 0 }
        }
        report("a number of the draw", most: nil) { Int(seed.number(of: buyers[$0], in: sale, among: 50_000)) }
    }

    private static func secret(_ byte: UInt8) -> [UInt8] { Array(repeating: byte, count: 64) }

    /// Prints the median of some rounds, in microseconds of the processor's time, and how many it may be at most.
    private static func report(_ what: String, most: Double?, _ body: (Int) -> Int) {
        var sum = 0
        let microseconds = (0..<rounds).map { _ in
            let start = ProcessorTime.ofThread
            for index in 0..<perRound { sum &+= body(index) }
            return Double(ProcessorTime.ofThread - start) / Double(perRound) / 1_000
        }
        precondition(sum > 0, "something must have come of it")
        let median = (microseconds.sorted()[rounds / 2] * 100).rounded() / 100
        print("\(what), microseconds: \(median)" + (most.map { "   at most \($0)" } ?? ""))
    }
}
