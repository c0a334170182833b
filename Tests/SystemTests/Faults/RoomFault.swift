// The faults of a line: each comes while buyers join and the usher calls. Afterwards the line must go on as promised.

import Foundation
import Glibc
import Testing

@testable import DevStack

enum RoomFault: String, CaseIterable, Sendable, CustomTestStringConvertible {
    case usherKilled = "usher_killed"
    /// It is stopped for longer than its lease lasts, and then goes on as if it were the usher still.
    case usherFrozen = "usher_frozen"
    /// Its lock is taken from it again and again, so that two believe that they are it.
    case usherDoubled = "usher_doubled"
    /// All instances are killed when the sale starts, before the draw is published.
    case killedBeforeTheDraw = "killed_before_the_draw"
    case postgresAwayAtTheStart = "postgres_away_at_the_start"
    /// The wall clock of one instance is an hour ahead of the other's. It is never behind the machine's: libfaketime
    /// would move the runtime's timers too.
    case wallClock = "wall_clock"
    case redisFlushed = "redis_flushed"
    /// The answers to what instances report of their counts are lost on the way.
    case reportsLost = "reports_lost"
    case killedWithListeners = "killed_with_listeners"

    var testDescription: String { rawValue }

    /// Whether it strikes at the start of the sale, and not once numbers are called.
    var isOfTheStart: Bool { [.killedBeforeTheDraw, .postgresAwayAtTheStart].contains(self) }

    private static let rounds = 4
    private static let listeners = 40

    /// Begins the fault, waits until it was felt, and ends it.
    func strike(_ line: RoomTrial.Line) async throws {
        switch self {
        case .usherKilled:
            for _ in 0..<2 { try await line.replaceFirst() }
        case .usherFrozen:
            let fence = "SELECT fence FROM duties WHERE duty = 'usher'"
            for service in line.services {
                let before = try await line.ledger.number(fence)
                service.process.send(.stop)
                // It is not known whose the duty is: the other one has it then, or goes on with it.
                try await line.goesOn(at: line.other(than: service))
                service.process.send(.resume)
                let now = try await line.ledger.number(fence)
                #expect(now >= before)
            }
        case .usherDoubled:
            let fence = "SELECT fence FROM duties WHERE duty = 'usher'"
            for _ in 0..<Self.rounds {
                let before = try await line.ledger.number(fence)
                #expect(RedisConsole(url: line.redisURL).send("FLUSHALL") == "+OK")
                try await until("another usher is at work") { try await line.ledger.number(fence) > before }
            }
        case .killedBeforeTheDraw:
            await line.scene.untilItStarts()
            for _ in line.services { try await line.replaceFirst() }
        case .postgresAwayAtTheStart:
            try await line.stage.postgresLine.refuse()
            try await line.scene.untilItIsOn(at: line.services[0])
            try await line.join(5, named: "away")
            try await line.stage.postgresLine.admit()
        case .wallClock:
            // It is wrong from the beginning.
            try await line.goesOn(at: line.services[0])
        case .redisFlushed:
            #expect(RedisConsole(url: line.redisURL).send("FLUSHALL") == "+OK")
        case .reportsLost:
            for round in 0..<Self.rounds {
                let strikes = try await line.stage.postgresLine.strikes
                try await line.stage.postgresLine.set(.dropReply(to: StoreFault.call("report_queue")))
                try await line.join(2, named: "lost-\(round)")
                try await until("a report's answer is lost") {
                    try await line.stage.postgresLine.strikes > strikes
                }
            }
        case .killedWithListeners:
            let gone = line.services[0].port
            let streams = (0..<Self.listeners).compactMap { _ in watchSale(line.scene.sale, port: gone) }
            defer { for stream in streams { close(stream) } }
            #expect(streams.count == Self.listeners)
            try await until("it has listeners") {
                try await line.services[0].metrics().sum("live_listeners") == Self.listeners
            }
            try await line.replaceFirst()
            let again = (0..<Self.listeners).compactMap { _ in watchSale(line.scene.sale, port: line.services[0].port) }
            defer { for stream in again { close(stream) } }
            try await until("another has them") {
                try await line.services[0].metrics().sum("live_listeners") == Self.listeners
            }
        }
    }
}
