// Tickets that prove a place, and texts that do not.

import FlashSale
import Testing
import Textbook

@testable import WaitingRoom

@Suite("Tickets")
struct TicketTests {
    private static let sale = SaleID(7)
    private static let oldSecret = Array("the old secret of thirty-two bytes".utf8)
    private static let old = TicketKey(id: 1, secret: oldSecret)
    private static let new = TicketKey(id: 2, secret: Array("the new secret of thirty-two bytes".utf8))
    private static let joinedAt = Timestamp(microseconds: 1_800_000_000_123_456)
    private static let keys = TicketKeys([new, old])

    private static func buyer(_ name: String = "ann") throws -> BuyerID { try #require(BuyerID(name)) }

    private static func ticket(_ place: QueueTicket.Place = .draw, sale: SaleID = sale) -> QueueTicket {
        QueueTicket(sale: sale, place: place, joinedAt: joinedAt)
    }

    @Test(
        "A ticket says what it was signed for, as long as one of its keys lives",
        arguments: [QueueTicket.Place.draw, .late(1), .late(.max)])
    func genuine(place: QueueTicket.Place) throws {
        let (buyer, ticket) = (try Self.buyer(), Self.ticket(place))
        for key in [Self.old, Self.new] {
            let text = try #require(TicketKeys([key]).sign(ticket, for: buyer))
            #expect(text.utf8.count == 74)
            #expect(Self.keys.check(text, of: buyer, in: Self.sale) == .genuine(ticket))
        }
        #expect(TicketKeys([]).sign(ticket, for: buyer) == nil)
    }

    @Test("A ticket is worth nothing to another buyer, in another sale, or after its key")
    func foreign() throws {
        let buyer = try Self.buyer()
        let text = try #require(TicketKeys([Self.old]).sign(Self.ticket(), for: buyer))
        #expect(Self.keys.check(text, of: try Self.buyer("bob"), in: Self.sale) == .forged)
        #expect(Self.keys.check(text, of: buyer, in: SaleID(8)) == .forged)
        #expect(TicketKeys([Self.new]).check(text, of: buyer, in: Self.sale) == .unknownKey)
        let stranger = TicketKey(id: Self.new.id, secret: Self.oldSecret)
        let forged = try #require(TicketKeys([stranger]).sign(Self.ticket(), for: buyer))
        #expect(Self.keys.check(forged, of: buyer, in: Self.sale) == .forged)
    }

    @Test("Of a hundred thousand bent tickets none proves anything")
    func bent() throws {
        let buyer = try Self.buyer()
        let text = Array(try #require(Self.keys.sign(Self.ticket(.late(9)), for: buyer)).utf8)
        var random = SplitMix64(seed: 17)
        var genuine = 0
        for _ in 0..<100_000 {
            var bent = text
            switch UInt8.random(in: 0..<4, using: &random) {
            case 0: bent[Int.random(in: 0..<bent.count, using: &random)] ^= UInt8.random(in: 1...255, using: &random)
            case 1: bent.removeLast(Int.random(in: 1...bent.count, using: &random))
            case 2: bent.append(UInt8.random(in: 0x30...0x7A, using: &random))
            default:
                let place = Int.random(in: 3..<bent.count - 1, using: &random)
                bent.swapAt(place, place + 1)
                if bent == text { continue }
            }
            let shown = String(decoding: bent, as: UTF8.self)
            if case .genuine = Self.keys.check(shown, of: buyer, in: Self.sale) { genuine += 1 }
        }
        #expect(genuine == 0)
    }
}
