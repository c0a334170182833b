// A line whose instances end before they have counted, or start when all are there, and whose clock is set back.

import FlashSale
import FlashSaleTesting
import Telemetry
import Testing

@testable import WaitingRoom

@Suite("A line that loses something")
struct RoomLossTests {
    private typealias Scene = RoomTests.Scene

    /// A line that is drawn, with an instance that goes on.
    private static func drawn(after joins: Int = 0) async throws -> (Scene, RoomBook, () async throws -> Void) {
        let scene = try await Scene()
        let (book, usher) = (scene.instance(1), UsherDuty(board: scene.board, ledger: scene.ledger))
        for number in 0..<joins { _ = try await scene.knock("early-\(number)", scene.flow(book)) }
        try await book.turn()
        try await scene.pass(.milliseconds(60_000))
        let turn = {
            try await scene.pass(.milliseconds(500))
            _ = try await usher.tick(scene.board.active(in: .main), scene.ledger.nextFence(.usher))
            try await book.turn()
        }
        for _ in 0..<2 { try await turn() }
        #expect(book.known(scene.sale.id)?.draw?.ticketCount == Int32(joins))
        return (scene, book, turn)
    }

    @Test("Buyers whose instance ended before it had counted them are called all the same, in their order")
    func lateLost() async throws {
        let (scene, book, turn) = try await Self.drawn(after: 2)
        let lost = scene.flow(scene.instance(2))
        var tickets: [(buyer: String, ticket: String)] = []
        for buyer in ["ann", "bob", "eve"] {
            let standing = try await scene.knock(buyer, lost)
            #expect(standing.number == Int32(3 + tickets.count))
            tickets.append((buyer, standing.ticket))
        }
        // Its tickets may still be counted, so nobody counts them instead.
        _ = try await scene.knock("eve", scene.flow(book), tickets[2].ticket)
        try await book.turn()
        #expect(try await scene.ledger.state(of: scene.sale.id)?.counts.late == 0)
        for _ in 0..<8 { try await turn() }
        _ = try await scene.knock("bob", scene.flow(book), tickets[1].ticket)
        let place = book.place(of: try #require(BuyerID("eve")), in: scene.sale.id, ticket: tickets[2].ticket)
        #expect(place?.number == 5, "a checkout counts them too")
        for _ in 0..<4 { try await turn() }
        for (buyer, ticket) in tickets {
            #expect(try await scene.knock(buyer, scene.flow(book), ticket).isCalled, "\(buyer)")
        }
        #expect(try await scene.ledger.state(of: scene.sale.id)?.counts.late == 3)
        #expect(try await scene.knock("next", scene.flow(book)).number == 6)
    }

    @Test("A draw whose only ticket was not counted lets its buyer in")
    func drawLost() async throws {
        let scene = try await Scene()
        let ticket = try await scene.knock("ann", scene.flow(scene.instance(2))).ticket
        let (book, usher) = (scene.instance(1), UsherDuty(board: scene.board, ledger: scene.ledger))
        try await book.turn()
        try await scene.pass(.milliseconds(60_000))
        for _ in 0..<8 {
            try await scene.pass(.milliseconds(500))
            _ = try await usher.tick(scene.board.active(in: .main), scene.ledger.nextFence(.usher))
            try await book.turn()
            _ = try await scene.knock("ann", scene.flow(book), ticket)
        }
        let standing = try await scene.knock("ann", scene.flow(book), ticket)
        #expect(standing.number == 1 && standing.isCalled)
    }

    @Test("An instance takes no ticket of its own for another's, though the answer to its report is lost")
    func reportWithoutAnswer() throws {
        var tally = RoomTally()
        func join(_ name: String) throws -> QueueTicket.Place {
            tally.join(try #require(BuyerID(name)), isEarly: false)
        }
        for number in 1...10 { #expect(try join("b\(number)") == .late(Int32(number))) }
        let sent = tally.report(by: 1)
        let report = try #require(sent)
        tally.learn(late: 10)
        #expect(try join("next") == .late(11))
        tally.noteReported(report)
        tally.learn(late: 15)
        #expect(try join("behind-five-of-others") == .late(17))
    }

    @Test("The draw does not wait for a ledger that is read seldom, as it is slow or has hundreds of lines")
    func slowLedger() async throws {
        let scene = try await Scene()
        let (book, usher) = (scene.instance(1), UsherDuty(board: scene.board, ledger: scene.ledger))
        _ = try await scene.knock("ann", scene.flow(book))
        try await book.turn()
        let fence = scene.ledger.nextFence(.usher)
        try await scene.pass(.seconds(60))
        for seconds in stride(from: 0, through: 10, by: 2) {
            #expect(try await scene.ledger.state(of: scene.sale.id)?.draw == nil, "\(seconds) s after the start")
            #expect(try await usher.tick(scene.board.active(in: .main), fence) == .done)
            try await scene.pass(.seconds(2))
        }
        #expect(try await scene.ledger.state(of: scene.sale.id)?.draw?.ticketCount == 1)
    }

    @Test("Nobody takes part in a draw that is public, though the clock is set back to before the start")
    func publicDraw() async throws {
        let (scene, book, _) = try await Self.drawn(after: 5)
        try await scene.pass(.seconds(-30))
        #expect(scene.board.active(in: .main) == nil)
        #expect(try await scene.knock("late", scene.flow(book)).number == 6)
    }

    @Test("All who come while an instance starts share its first look at the line")
    func start() async throws {
        let scene = try await Scene()
        let line = WatchedLine(scene.ledger)
        let flow = scene.flow(scene.instance(1, over: line))
        line.isShut = true
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<50 {
                group.addTask {
                    line.comes()
                    _ = try await scene.knock("b\(number)", flow)
                }
            }
            while line.comersCount < 50 || line.keysCount == 0 {
                try Task.checkCancellation()
                await Task.yield()
            }
            for _ in 0..<100 { await Task.yield() }
            line.isShut = false
            try await group.waitForAll()
        }
        #expect(line.keysCount == 1)
    }

    @Test("A failover that loses calls takes nobody's turn back, and the line is told as it is else")
    func failover() async throws {
        let (scene, _, turn) = try await Self.drawn(after: 100)
        while try await scene.ledger.state(of: scene.sale.id)?.called ?? 0 < 10 {
            try Task.checkCancellation()
            try await turn()
        }
        let line = WatchedLine(scene.ledger)
        let book = scene.instance(2, over: line)
        try await book.turn()
        let called = try #require(book.known(scene.sale.id)?.called)
        line.lostCalls = 5
        try await scene.pass(.milliseconds(250))
        try await book.turn()
        #expect(book.known(scene.sale.id)?.called == called)
        #expect(book.known(scene.sale.id)?.readAt == scene.ledger.clock.now)
    }

    @Test("When nothing is free or held, the usher writes nothing")
    func soldOut() async throws {
        let (scene, _, _) = try await Self.drawn(after: 100)
        for (held, calls) in [(0, 0), (1, 1)] {
            let line = WatchedLine(scene.ledger, stock: StockCount(free: 0, held: held, sold: 20 - held))
            let usher = UsherDuty(board: scene.board, ledger: line)
            let fence = scene.ledger.nextFence(.usher)
            #expect(try await usher.tick(scene.board.active(in: .main), fence) == .done)
            #expect(line.callsCount == calls)
        }
    }
}
