// Who stops a command gets no more of it, whatever it does just then.

import Foundation
import Synchronization
import Testing

@testable import FlashSaleLoad

@Suite("Stopping")
struct StopTests {
    /// A session against a service in memory, with a journal of a name that no other run has.
    private static func session(_ service: StubService) throws -> Session {
        var scenario = Scenario()
        scenario.load = .open(Stage.constant(20, seconds: 30), .poisson)
        scenario.mix = BuyerMix([.bot: 1])
        scenario.connections = 64
        return Session(
            scenario: scenario, target: try Target(parsing: "http://127.0.0.1:\(service.port)"),
            journalPath: NSTemporaryDirectory() + "campaign-\(UUID().uuidString).journal", isQuiet: true)
    }

    @Test("Who stops an overload in its first run gets no flood, and no figure", .timeLimit(.minutes(1)))
    func stoppedOverload() async throws {
        let service = StubService(itemCount: 1_000)
        try await service.start()
        let session = try Self.session(service)
        let stop = StopWish()
        var runs = 0
        let result = try await OverloadRun(session: session).run(until: stop) { load in
            runs += 1
            stop.follow(load.stop)
            stop.come()
        }
        await service.stop()
        #expect(runs == 1)
        #expect(result.ending == .invalid)
        #expect(result.text.hasPrefix("STOPPED before the flood was over"))
        #expect(!FileManager.default.fileExists(atPath: "\(session.journalPath ?? "").0"), "holders came")
    }

    @Test("Who stops a capacity in its first run gets no other run, and no figure", .timeLimit(.minutes(1)))
    func stoppedCapacity() async throws {
        let service = StubService(itemCount: 1_000)
        try await service.start()
        let stop = StopWish()
        var runs = 0
        let result = try await CapacityRun(session: try Self.session(service)).run(until: stop) { load in
            runs += 1
            stop.follow(load.stop)
            DispatchQueue.global().asyncAfter(deadline: .now() + 1) { stop.come() }
        }
        await service.stop()
        #expect(runs == 1)
        #expect(result.ending == .invalid)
        #expect(result.line.hasSuffix("STOPPED before the search was over"), "\(result.line)")
    }

    @Test("Who stops a run that waits for its bell is told so, and finds no journal", .timeLimit(.minutes(1)))
    func stoppedBeforeBell() async throws {
        let service = StubService(hasRoom: true, startsAt: "2099-01-01T00:00:00Z")
        try await service.start()
        var session = try Self.session(service)
        session.scenario.mix = BuyerMix([.waiter: 1])
        session.scenario.bell = 1
        let failure = await #expect(throws: Session.Failure.self) {
            try await session.run { load in
                DispatchQueue.global().asyncAfter(deadline: .now() + 0.2) { load.stop() }
            }
        }
        await service.stop()
        #expect(failure?.description == "STOPPED before the sale's bell: nothing was sent.")
        #expect(!FileManager.default.fileExists(atPath: session.journalPath ?? ""))
        #expect(service.state.withLock { $0.tickets.isEmpty })
    }
}
