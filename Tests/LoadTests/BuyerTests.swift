// Leads buyers through answers by hand, and checks what each kind does.

import Audit
import Testing
import Textbook

@testable import FlashSaleLoad

@Suite("Buyers")
struct BuyerTests {
    private let shelf = Shelf(itemCount: 100, hotShare: 0.2)

    private static let won = Reply(outcome: .won, reason: nil, code: "CHK-1-a", retryAfter: nil)

    /// Everything that a buyer sends until it leaves, if each of its errands gets this answer.
    private func errands(
        of kind: BuyerKind, number: UInt32 = 1, saying answer: (Errand) -> Reply = { _ in won }
    ) -> (errands: [Errand], pauses: [Int64]) {
        var buyer = Buyer(number: number, kind: kind, seed: 42)
        var errands: [Errand] = []
        var pauses: [Int64] = []
        var decision = buyer.wake(shelf)
        for _ in 0..<1_000 {
            switch decision {
            case .send(let errand):
                errands.append(errand)
                decision = buyer.hear(answer(errand), holdSeconds: 60)
            case .sendTwice(let errand):
                errands += [errand, errand]
                _ = buyer.hear(answer(errand), holdSeconds: 60)
                decision = buyer.hear(answer(errand), holdSeconds: 60)
            case .pause(let nanoseconds):
                pauses.append(nanoseconds)
                decision = buyer.wake(shelf)
            case .occupy: return (errands, pauses)
            case .wait: Issue.record("the buyer waits for an answer that will not come")
            case .leave: return (errands, pauses)
            }
        }
        Issue.record("the buyer never leaves")
        return (errands, pauses)
    }

    @Test(
        "Each kind takes and buys as often as it should",
        arguments: [
            (BuyerKind.aggressive, 0.9, 0.8), (.normal, 0.6, 0.4), (.browser, 0.3, 0.1), (.abandoner, 1, 0),
            (.doubleClicker, 1, 1), (.bot, 1, 1),
        ])
    func rates(kind: BuyerKind, checkout: Double, purchase: Double) {
        let visits = (1...4_000).map { errands(of: kind, number: UInt32($0)).errands }
        let takers = visits.filter { $0.contains { $0.endpoint == .checkout } }
        let buyers = takers.filter { $0.contains(.purchase) }
        #expect(abs(Double(takers.count) / 4_000 - checkout) < 0.03)
        #expect(abs(Double(buyers.count) / Double(takers.count) - purchase) < 0.04)
        let most = visits.map { $0.filter { $0.endpoint == .checkout }.count }.max()
        #expect(most == kind.habits.items)
    }

    @Test("A double-clicker sends one purchase twice")
    func doubleClick() {
        #expect(errands(of: .doubleClicker).errands.suffix(2) == [.purchase, .purchase])
    }

    @Test("A canceller cancels what it took")
    func cancel() {
        #expect(errands(of: .canceller).errands.last == .cancel)
    }

    @Test("A late buyer waits about as long as the hold lasts")
    func late() {
        let pause = errands(of: .late).pauses.last ?? 0
        #expect((54_000_000_000...66_000_000_000).contains(pause))
    }

    @Test("A buyer at its limit goes on until it is refused, and then buys")
    func limit() {
        var taken = 0
        let visit = errands(of: .atLimit) { errand in
            guard errand.endpoint == .checkout else { return Self.won }
            taken += 1
            return taken <= 10 ? Self.won : Reply(outcome: .limit, reason: .userLimitExceeded)
        }
        #expect(visit.errands.filter { $0.endpoint == .checkout }.count == 11)
        #expect(visit.errands.last == .purchase)
    }

    @Test("A hoarder takes again what it let expire, and leaves when it is refused for that")
    func hoarder() {
        var asked = 0
        let visit = errands(of: .hoarder) { _ in
            asked += 1
            // Two carts of three items, then nothing more.
            return asked % 4 == 0 || asked > 8
                ? Reply(outcome: .limit, reason: asked > 8 ? .holdLimitExceeded : .userLimitExceeded) : Self.won
        }
        #expect(visit.errands.count == 9)
        #expect(visit.errands.allSatisfy { $0.endpoint == .checkout })
        #expect(visit.pauses.filter { $0 == 63_000_000_000 }.count == 2)
    }

    @Test("Codes that are made up are purchased one after the other, and nothing else is asked for")
    func junkCodes() {
        let visits = (1...200).map { number in
            errands(of: .junkCodes, number: number) { _ in Reply(outcome: .refused, reason: .checkoutNotFound) }.errands
        }
        #expect(visits.allSatisfy { $0.allSatisfy { $0 == .purchase } })
        #expect(visits.map(\.count).max() == 20)
    }

    @Test("An attacker takes a connection and asks for nothing", arguments: [BuyerKind.silent, .unread])
    func attackers(kind: BuyerKind) throws {
        var buyer = Buyer(number: 1, kind: kind, seed: 42)
        #expect(buyer.wake(shelf) == .occupy(try #require(kind.habits.attack)))
        #expect(BuyerMix([.normal: 1, kind: 1]).hasAttackers && !BuyerMix.usual.hasAttackers)
    }

    @Test("A patient retrier waits for Retry-After and asks again; an impatient one asks at once; most go on or leave")
    func retries() {
        func visit(_ kind: BuyerKind) -> (errands: [Errand], pauses: [Int64]) {
            var refused = false
            return errands(of: kind) { errand in
                guard errand.endpoint == .checkout, !refused else { return Self.won }
                refused = true
                return Reply(outcome: .shed, reason: nil, code: nil, retryAfter: 2)
            }
        }
        let patient = visit(.patientRetrier)
        #expect(patient.errands.count == 4)
        #expect(patient.errands[1] == patient.errands[2])
        #expect(patient.pauses[1] >= 2_000_000_000)
        let impatient = visit(.impatientRetrier)
        #expect(impatient.errands[1] == impatient.errands[2])
        #expect(impatient.pauses[1] < 100_000_000)
    }

    @Test("A buyer that never gets an answer gives up")
    func unanswered() {
        for kind in BuyerKind.allCases {
            #expect(errands(of: kind) { _ in Reply(outcome: .unknown) }.errands.count < 200)
        }
    }

    @Test("A buyer whose request finds no room leaves; one that sent it twice first hears of the other")
    func dropped() {
        for kind in [BuyerKind.bot, .impatientRetrier, .normal] {
            var buyer = Buyer(number: 1, kind: kind, seed: 1)
            _ = buyer.wake(shelf)
            #expect(buyer.giveUp() == .leave, "\(kind)")
        }
        var buyer = Buyer(number: 1, kind: .twoDevices, seed: 1)
        let decision = buyer.wake(shelf)
        #expect(decision == .sendTwice(.join))
        #expect(buyer.giveUp() == .wait && buyer.giveUp() == .leave)
    }

    @Test("The mix is drawn by its weights")
    func mix() {
        var random = SplitMix64(seed: 1)
        var counts: [BuyerKind: Int] = [:]
        for _ in 0..<10_000 { counts[BuyerMix.usual.draw(&random), default: 0] += 1 }
        #expect(abs((counts[.aggressive] ?? 0) - 1_000) < 150)
        #expect(abs((counts[.browser] ?? 0) - 3_000) < 200)
        #expect(counts.count == 3)
    }

    @Test("Hot items are wanted more, and sold ones less")
    func picks() {
        var random = SplitMix64(seed: 1)
        var shelf = self.shelf
        let picks = (0..<10_000).map { _ in shelf.pick(hot: 0.7, &random) }
        #expect(abs(picks.filter { $0 <= 20 }.count - 7_600) < 200)
        for item in 1...99 { shelf.markSold(Int32(item)) }
        let late = (0..<1_000).map { _ in shelf.pick(hot: 0.7, &random) }
        #expect(late.filter { $0 == 100 }.count > 400)
        shelf.markSold(100)
        #expect((1...100).contains(shelf.pick(hot: 0.7, &random)))
    }

    @Test("A buyer is small")
    func size() {
        #expect(MemoryLayout<Buyer>.stride <= 128)
    }

    @Test(
        "Answers fall into their classes",
        arguments: [
            (200, nil, Outcome.won), (409, .itemSold, .soldOut), (409, .itemHeld, .soldOut),
            (409, .allItemsSold, .soldOut), (400, .userLimitExceeded, .limit), (409, .alreadyProcessed, .refused),
            (410, .checkoutExpired, .refused), (400, .validation, .error), (429, nil, .shed), (503, nil, .shed),
            (500, nil, .error), (404, nil, .error), (404, .checkoutNotFound, .refused), (302, nil, .error),
        ] as [(Int, Outcome.Reason?, Outcome)])
    func outcomes(status: Int, reason: Outcome.Reason?, outcome: Outcome) {
        #expect(Outcome(status: status, reason: reason) == outcome)
    }
}
