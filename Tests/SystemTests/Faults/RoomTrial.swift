// A sale with a waiting room among a fault: two instances, and buyers that joined before the fault and after it.

import Foundation
import Testing

@testable import DevStack

enum RoomTrial {
    private static let early = 500
    private static let late = 10
    /// So slow that the line lasts as long as the trial, and so fast that it moves at each step.
    private static let pace = "4"
    private static let recoveryMax = Duration.seconds(20)

    /// A line, and what its buyers know.
    final class Line {
        let stage: FaultStage
        let scene: RoomScene
        private(set) var services: [ServeProcess]
        /// The tickets by their buyers, and the numbers that were told for them.
        private(set) var tickets: [String: String] = [:]
        private(set) var numbers: [String: Int] = [:]
        private let settings: [[String: String]]

        var ledger: LedgerReader { stage.deployment.ledger }
        var redisURL: String { stage.redis.url }

        init(_ stage: FaultStage, _ settings: [[String: String]]) async throws {
            self.stage = stage
            self.settings = settings
            services = []
            for more in settings { services.append(try await stage.serve(more)) }
            scene = try await RoomScene(stage.deployment, at: services[0], units: 1_000, startsIn: 6)
        }

        func join(_ count: Int, named name: String) async throws {
            let joined = try await scene.join(count, named: name, at: services)
            tickets.merge(joined) { $1 }
        }

        func other(than service: ServeProcess) -> ServeProcess {
            services.first { $0.port != service.port } ?? service
        }

        /// Kills the instance that has run longest, and starts another.
        func replaceFirst() async throws {
            services[0].process.send(.kill)
            #expect(await services[0].process.end() == 137)
            services.removeFirst()
            services.append(try await stage.serve(settings[0]))
            if try await ledger.number("SELECT count(*) FROM queues WHERE called > 0") > 0 {
                try await goesOn(at: services[0])
            }
        }

        /// Waits until more are called than now.
        func goesOn(at service: ServeProcess) async throws {
            let before = try await ledger.number("SELECT max(called) FROM queues")
            try await until("numbers are called", within: recoveryMax) { try await scene.called(at: service) > before }
        }

        /// Some tickets of each group have the number that they had, at every instance.
        func look() async throws {
            for (buyer, ticket) in tickets where buyer.hasSuffix("1") {
                for service in services {
                    let answer = try await scene.knock(buyer, ticket, at: service)
                    let number = try #require(answer.json["number"] as? Int, "\(answer.text)")
                    #expect(numbers[buyer] ?? number == number, "the number of \(buyer) changed")
                    numbers[buyer] = number
                }
            }
        }

        /// Who is called comes in, at any instance.
        func checkOut() async throws {
            let first = try #require(numbers.values.min())
            try await scene.untilCalled(past: first - 1, at: services[0], "one of those that were looked at is called")
            let called = try await ledger.number("SELECT max(called) FROM queues")
            let those = numbers.filter { $0.value <= called }
            let last = try #require(those.values.max())
            for service in services {
                try await scene.untilCalled(past: last - 1, at: service, "every instance hears of the calls")
            }
            for (buyer, number) in those {
                let answer = try await scene.checkOut(buyer, tickets[buyer], at: services[number % services.count])
                #expect(answer.status == 200, "\(buyer) with number \(number) of \(called): \(answer.text)")
            }
        }

        func stop() async {
            for service in services { await service.process.stop() }
        }
    }

    static func run(_ fault: RoomFault) async throws {
        let clock = fault == .wallClock ? try SetClock() : nil
        defer { clock?.remove() }
        try clock?.set(ahead: 3_600)
        try await FaultStage.with { stage in
            let slowly = ["FLASHSALE_ROOM_PACE": pace]
            let line = try await Line(stage, [slowly.merging(clock?.environment ?? [:]) { $1 }, slowly])
            do {
                try await tryOut(fault, line)
            } catch {
                await line.stop()
                throw error
            }
            await line.stop()
        }
    }

    private static func tryOut(_ fault: RoomFault, _ line: Line) async throws {
        let commit = try await draw(of: line)["commit"] as? String
        try await line.join(early, named: "early")
        try await until("instances have reported") {
            try await line.ledger.number("SELECT coalesce(sum(gathered), 0) FROM queue_reports") == early
        }
        if fault.isOfTheStart { try await fault.strike(line) }
        try await line.scene.untilCalled(past: 0, at: line.services[0], "somebody is called")
        try await line.join(late, named: "late")
        try await line.look()
        if !fault.isOfTheStart { try await fault.strike(line) }
        try await line.join(late, named: "later")
        for service in line.services { try await line.goesOn(at: service) }
        try await line.look()
        let published = try await draw(of: line)
        #expect(published["commit"] as? String == commit && published["n"] as? Int == early)
        for name in ["late", "later"] {
            for (buyer, number) in line.numbers where buyer.hasPrefix(name + "-") {
                #expect(number > early, "\(buyer) has \(number)")
            }
        }
        try await line.checkOut()
        // Q3, Q4, Q5 and Q8 are in the stores.
        try await line.stage.deployment.audit()
    }

    private static func draw(of line: Line) async throws -> [String: Any] {
        try #require(try await line.scene.line(at: line.services[0])["draw"] as? [String: Any])
    }
}
