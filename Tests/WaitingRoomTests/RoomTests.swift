// A line over the ledger in memory: two instances that give numbers, and the usher that calls them.

import FlashSale
import FlashSaleTesting
import Telemetry
import Testing

@testable import WaitingRoom

@Suite("A line")
struct RoomTests {
    @Test("The usher publishes the draw half a second after the start, and then calls as many as there is stock for")
    func usher() async throws {
        let scene = try await Scene()
        let (book, usher) = (scene.instance(1), UsherDuty(board: scene.board, ledger: scene.ledger))
        for number in 0..<100 { _ = try await scene.knock("b\(number)", scene.flow(book)) }
        try await book.turn()
        let fence = scene.ledger.nextFence(.usher)
        for (passed, isDrawn) in [(0, false), (60_100, false), (500, true)] {
            try await scene.pass(.milliseconds(passed))
            #expect(try await usher.tick(scene.board.active(in: .main), fence) == .done)
            #expect(try await scene.ledger.state(of: scene.sale.id)?.draw?.ticketCount == (isDrawn ? 100 : nil))
        }
        #expect(try await usher.tick(scene.board.active(in: .main), fence) == .done)
        #expect(try await scene.ledger.state(of: scene.sale.id)?.called == 22, "twenty units, and a tenth more")
        _ = scene.ledger.nextFence(.usher)
        #expect(try await usher.tick(scene.board.active(in: .main), fence) == .stale)
    }

    @Test("Nobody is called while the sale is paused, and the line goes on afterwards")
    func paused() async throws {
        let scene = try await Scene()
        let (book, usher) = (scene.instance(1), UsherDuty(board: scene.board, ledger: scene.ledger))
        for number in 0..<100 { _ = try await scene.knock("b\(number)", scene.flow(book)) }
        try await book.turn()
        let fence = scene.ledger.nextFence(.usher)
        try await scene.pass(.milliseconds(60_600))
        for act in [SaleAct.pause(.holds), .resume] {
            let change = SaleChange(act, version: nil, actor: "ann", reason: "a test", key: nil)
            _ = try await scene.ledger.change(scene.sale.id, change)
            for _ in 0..<2 {
                try await scene.pass(.milliseconds(500))
                #expect(try await usher.tick(scene.board.active(in: .main), fence) == .done)
            }
            let sale = try #require(scene.board.active(in: .main))
            let state = try #require(try await scene.ledger.state(of: sale.id))
            #expect(state.draw != nil, "a pause does not keep the draw back")
            #expect((state.called == 0) == (act != .resume))
            let phase = SalePhase(of: sale, state.stock, isDrawn: true, at: scene.ledger.clock.now)
            #expect(phase == (act == .resume ? .open : .paused))
        }
    }

    @Test("A pace of an operator counts from the next step on, before that of the settings, until it is let go")
    func pace() async throws {
        let scene = try await Scene()
        let book = scene.instance(1)
        let usher = UsherDuty(board: scene.board, ledger: scene.ledger, fixedPace: 6)
        for number in 0..<100 { _ = try await scene.knock("b\(number)", scene.flow(book)) }
        try await book.turn()
        let fence = scene.ledger.nextFence(.usher)
        try await scene.pass(.milliseconds(60_100))
        for _ in 0..<3 {
            try await scene.pass(.milliseconds(500))
            _ = try await usher.tick(scene.board.active(in: .main), fence)
        }
        var called = try #require(try await scene.ledger.state(of: scene.sale.id)?.called)
        for (pace, step) in [(8, 4), (2, 1), (nil, 3)] as [(Int32?, Int32)] {
            let change = SaleChange(.pace(pace), version: nil, actor: "ann", reason: "a test", key: nil)
            _ = try await scene.ledger.change(scene.sale.id, change)
            try await scene.pass(.milliseconds(500))
            #expect(try await usher.tick(scene.board.active(in: .main), fence) == .done)
            let state = try #require(try await scene.ledger.state(of: scene.sale.id))
            #expect(state.called - called == step && state.usher.pace == Double(pace ?? 6))
            called = state.called
        }
        try await scene.pass(.milliseconds(500))
        let byItself = UsherDuty(board: scene.board, ledger: scene.ledger)
        #expect(try await byItself.tick(scene.board.active(in: .main), fence) == .done)
        let state = try #require(try await scene.ledger.state(of: scene.sale.id))
        #expect(state.called - called == 3 && state.usher.pace > 6, "it goes on from the pace that it has")
    }

    @Test("A drawn buyer has one number at every instance, and late ones stand in the order of their coming")
    func order() async throws {
        let scene = try await Scene()
        let books = [scene.instance(1), scene.instance(2)]
        let flows = books.map(scene.flow)
        let ann = try await [scene.knock("ann", flows[0]), scene.knock("ann", flows[1])]
        #expect(ann.allSatisfy { $0.number == nil && !$0.isCalled })
        for book in books { try await book.turn() }
        try await scene.pass(.milliseconds(60_600))
        let usher = UsherDuty(board: scene.board, ledger: scene.ledger)
        let fence = scene.ledger.nextFence(.usher)
        for _ in 0..<2 {
            _ = try await usher.tick(scene.board.active(in: .main), fence)
            try await scene.pass(.milliseconds(500))
        }
        for book in books { try await book.turn() }
        let numbers = try await [
            scene.knock("ann", flows[0], ann[1].ticket).number, scene.knock("ann", flows[1], ann[0].ticket).number,
        ]
        #expect(numbers[0] == numbers[1] && (1...2).contains(numbers[0] ?? 0))

        var last: Int32 = 2
        for number in 0..<20 {
            let flow = flows[number % 2]
            let standing = try await scene.knock("late-\(number)", flow)
            let place = try #require(standing.number)
            #expect(place > last, "\(place) comes after \(last)")
            last = place
            #expect(try await scene.knock("late-\(number)", flow, standing.ticket).number == place)
            for book in books + books { try await book.turn() }
        }
    }

    @Test("When the ledger comes back, the draw waits for what was counted while it was away")
    func outage() async throws {
        let scene = try await Scene()
        let (book, usher) = (scene.instance(1), UsherDuty(board: scene.board, ledger: scene.ledger))
        for number in 0..<30 { _ = try await scene.knock("b\(number)", scene.flow(book)) }
        let fence = scene.ledger.nextFence(.usher)
        // Of two ticks, between which the ledger was away, neither publishes.
        for seconds in [65, 5] {
            try await scene.pass(.seconds(seconds))
            #expect(try await usher.tick(scene.board.active(in: .main), fence) == .done)
            #expect(try await scene.ledger.state(of: scene.sale.id)?.draw == nil)
        }
        try await book.turn()
        try await scene.pass(.milliseconds(500))
        #expect(try await usher.tick(scene.board.active(in: .main), fence) == .done)
        #expect(try await scene.ledger.state(of: scene.sale.id)?.draw?.ticketCount == 30)
    }

    @Test("A buyer that joins again and again before the start counts once at each instance")
    func joinedAgain() async throws {
        let scene = try await Scene()
        let books = [scene.instance(1), scene.instance(2)]
        for number in 0..<60 {
            for book in books { _ = try await scene.knock("b\(number % 3)", scene.flow(book)) }
        }
        for book in books { try await book.turn() }
        #expect(try await scene.ledger.state(of: scene.sale.id)?.counts.gathered == 6)
    }

    @Test("A buyer that joins again without its ticket keeps its number at that instance, and costs nobody another")
    func lostAnswer() async throws {
        let scene = try await Scene()
        let (book, usher) = (scene.instance(1), UsherDuty(board: scene.board, ledger: scene.ledger))
        let flow = scene.flow(book)
        _ = try await scene.knock("early", flow)
        try await book.turn()
        try await scene.pass(.milliseconds(60_600))
        for _ in 0..<2 {
            _ = try await usher.tick(scene.board.active(in: .main), scene.ledger.nextFence(.usher))
            try await scene.pass(.milliseconds(500))
        }
        try await book.turn()
        #expect(try await scene.knock("early", flow).number == 1, "its place in the draw is its own after the start")
        for _ in 0..<3 { #expect(try await scene.knock("late", flow).number == 2) }
        #expect(try await scene.knock("later", flow).number == 3)
        try await book.turn()
        #expect(try await scene.ledger.state(of: scene.sale.id)?.counts.late == 2)
        // Another instance does not know it, and tells apart what it gave.
        let other = scene.flow(scene.instance(2))
        #expect(try await scene.knock("late", other).number == 4)
    }

    @Test("During a pause no wait is told")
    func waitInAPause() async throws {
        let scene = try await Scene()
        let (book, usher) = (scene.instance(1), UsherDuty(board: scene.board, ledger: scene.ledger))
        for number in 0..<5 { _ = try await scene.knock("b\(number)", scene.flow(book)) }
        try await book.turn()
        try await scene.pass(.milliseconds(60_600))
        _ = try await usher.tick(scene.board.active(in: .main), scene.ledger.nextFence(.usher))
        try await scene.pass(.milliseconds(500))
        _ = try await usher.tick(scene.board.active(in: .main), scene.ledger.nextFence(.usher))
        for act in [SaleAct.resume, .pause(.holds)] {
            let change = SaleChange(act, version: nil, actor: "ann", reason: "a test", key: nil)
            _ = try await scene.ledger.change(scene.sale.id, change)
            try await scene.pass(.zero)
            try await book.turn()
            #expect((try await scene.knock("late", scene.flow(book)).wait == nil) == (act != .resume))
        }
    }

    @Test("A line that is over and comes back goes on after those that stood there before")
    func reopened() async throws {
        let scene = try await Scene()
        let (book, usher) = (scene.instance(1), UsherDuty(board: scene.board, ledger: scene.ledger))
        func turn() async throws {
            try await book.turn()
            try await scene.pass(.milliseconds(500))
            _ = try await usher.tick(scene.board.active(in: .main), scene.ledger.nextFence(.usher))
        }
        try await scene.pass(.milliseconds(60_600))
        for _ in 0..<2 { try await turn() }
        for number in 0..<20 { _ = try await scene.knock("b\(number)", scene.flow(book)) }
        while !Task.isCancelled, try await scene.ledger.state(of: scene.sale.id)?.called != 20 { try await turn() }
        try await scene.change(.end)
        try await book.turn()
        #expect(book.known(scene.sale.id) == nil)
        try await scene.change(.setEnd(scene.ledger.clock.now + .seconds(3_600)))
        try await book.turn()
        #expect(try await scene.knock("new", scene.flow(book)).number == 21)
        try await book.turn()
        let state = try #require(try await scene.ledger.state(of: scene.sale.id))
        #expect(state.counts.late == 21 && state.waiting == 1)
        while !Task.isCancelled, try await !scene.knock("new", scene.flow(book)).isCalled { try await turn() }
    }

    @Test("When a line is over, the ledger knows whose number was called, and nobody else's ticket counts")
    func calledBefore() async throws {
        let scene = try await Scene()
        let (book, usher) = (scene.instance(1), UsherDuty(board: scene.board, ledger: scene.ledger, fixedPace: 2))
        let (ann, bob) = (try #require(BuyerID("ann")), try #require(BuyerID("bob")))
        try await book.turn()
        try await scene.pass(.milliseconds(60_600))
        func tick() async throws {
            try await scene.pass(.milliseconds(500))
            _ = try await usher.tick(scene.board.active(in: .main), scene.ledger.nextFence(.usher))
        }
        for _ in 0..<2 { try await tick() }
        try await book.turn()
        let called = try await scene.knock("ann", scene.flow(book)).ticket
        try await book.turn()
        while !Task.isCancelled, try await scene.ledger.state(of: scene.sale.id)?.called != 1 { try await tick() }
        let uncalled = try await scene.knock("bob", scene.flow(book)).ticket
        try await scene.change(.end)
        // Another instance, which has never seen the line.
        let flow = scene.flow(scene.instance(2))
        #expect(await flow.calledNumber(of: ann, in: scene.sale.id, ticket: called) == .success(1))
        for (buyer, ticket) in [(bob, called), (bob, uncalled), (ann, "none")] {
            #expect(await flow.calledNumber(of: buyer, in: scene.sale.id, ticket: ticket) == .success(nil))
        }
    }

    @Test("An instance learns how a line stands though the ledger's clock was set back")
    func setBack() async throws {
        let scene = try await Scene()
        let book = scene.instance(1)
        for passed in [90, -20] {
            try await scene.pass(.seconds(passed))
            try await book.turn()
            #expect(book.known(scene.sale.id)?.readAt == scene.ledger.clock.now)
        }
    }

    @Test("The draw does not wait until a clock that was set back has made up")
    func drawAfterASetBack() async throws {
        let scene = try await Scene()
        let usher = UsherDuty(board: scene.board, ledger: scene.ledger)
        let fence = scene.ledger.nextFence(.usher)
        for passed in [90_000, -20_000, 500] {
            try await scene.pass(.milliseconds(passed))
            #expect(try await usher.tick(scene.board.active(in: .main), fence) == .done)
        }
        #expect(try await scene.ledger.state(of: scene.sale.id)?.draw != nil)
    }

    @Test("Nobody joins before the room opens or after the sale, and a sale without a room has no line")
    func closed() async throws {
        let scene = try await Scene()
        let flow = scene.flow(scene.instance(1))
        let buyer = try #require(BuyerID("ann"))
        let refusals: [(Duration, Reason?)] = [(.zero, nil), (.seconds(3_600), .saleNotActive)]
        for (passed, reason) in refusals {
            try await scene.pass(passed)
            switch await flow.knock(buyer, at: scene.sale.id, ticket: nil) {
            case .success: #expect(reason == nil)
            case .refused(let refusal): #expect(refusal.reason == reason)
            }
        }
        let now = scene.ledger.clock.now
        for (start, gather, reason) in [
            (Duration.seconds(600), Duration?.some(.seconds(60)), Reason.saleNotActive),
            (.seconds(7_200), nil, .queueNotFound),
        ] {
            let plan = SalePlan(
                startedAt: now + start, endedAt: now + start + .seconds(60), itemCount: 1, stockPerItem: 1,
                maxItemsPerBuyer: 1, hold: .seconds(1), gather: gather)
            guard case .created(let sale) = try await scene.ledger.create(plan, fence: nil),
                case .refused(let refusal) = await flow.knock(buyer, at: sale.id, ticket: nil)
            else {
                Issue.record("it was let in")
                continue
            }
            #expect(refusal.reason == reason)
        }
    }
}
