// An instance beats and knows the others, whatever its registry does.

import Logging
import Synchronization
import Testing
import Textbook

@testable import Discovery

@Suite struct InstanceBoardTests {
    /// A registry that says what it is told to.
    private final class Script: Registry {
        struct State {
            var answer: Result<[Instance], RegistryFailure> = .success([])
            var beats = 0
            var left: [Instance] = []
        }

        let state = Mutex(State())

        func beat(_ instance: Instance) async throws(RegistryFailure) { state.withLock { $0.beats += 1 } }

        func instances() async throws(RegistryFailure) -> [Instance] { try state.withLock { $0.answer }.get() }

        func leave(_ instance: Instance) async throws(RegistryFailure) { state.withLock { $0.left.append(instance) } }
    }

    private final class Lines: Sendable {
        let all = Mutex<[String]>([])

        var logger: Logger { Logger(label: "test") { _ in Handler(lines: self) } }
    }

    private struct Handler: LogHandler {
        let lines: Lines
        var logLevel = Logger.Level.trace
        var metadata: Logger.Metadata = [:]

        init(lines: Lines) { self.lines = lines }

        subscript(metadataKey key: String) -> Logger.MetadataValue? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) { lines.all.withLock { $0.append("\(event.level) \(event.message)") } }
    }

    private static func instance(_ id: String, ops: String) throws -> Instance {
        let address = try #require(ServiceAddress(ops))
        return try #require(
            Instance(
                id: id, name: "shop-\(id)", api: address, operations: address, build: "1.0",
                startedAt: UTCTime(seconds: 0)))
    }

    @Test("A registry that goes away leaves the list, its age and one line in the log")
    func away() async throws {
        let (script, lines) = (Script(), Lines())
        let board = InstanceBoard(script, kind: "ledger", logger: lines.logger)
        #expect(board.list().age == nil)
        let other = try Self.instance("2", ops: "http://shop-2:9464")
        script.state.withLock { $0.answer = .success([other]) }
        await board.round()
        let age = board.list(at: .now + .seconds(60)).age
        #expect(age.map { $0 >= .seconds(60) && $0 < .seconds(90) } == true)
        script.state.withLock { $0.answer = .failure(RegistryFailure("no route")) }
        for _ in 1...3 { await board.round(at: .now + .seconds(60)) }
        #expect(board.list().instances == [other])
        #expect(board.list().problem == "no route")
        script.state.withLock { $0.answer = .success([]) }
        await board.round(at: .now + .seconds(60))
        #expect(board.list().problem == nil)
        #expect(board.list().instances == [other], "it may beat soon")
        #expect(
            lines.all.withLock { $0 } == [
                "warning the registry does not answer; the last list of instances stands",
                "notice the registry answers again",
            ])
    }

    @Test("An instance lists itself, whatever the registry says of it")
    func itself() async throws {
        let script = Script()
        let board = InstanceBoard(script, kind: "file", logger: Lines().logger)
        let me = try Self.instance("me", ops: "http://shop-1:9464")
        let alias = try Self.instance("alias", ops: "http://shop-1:9464")
        let other = try Self.instance("a", ops: "http://shop-2:9464")
        script.state.withLock { $0.answer = .success([alias, other]) }
        await board.round()
        #expect(script.state.withLock { $0.beats } == 0, "it does not listen yet")
        #expect(board.list().instances == [other, alias])
        board.announce(me)
        await board.round(at: .now + .seconds(60))
        #expect(script.state.withLock { $0.beats } == 1)
        #expect(board.list().instances == [other, me])
    }

    @Test("An instance that ends leaves")
    func end() async throws {
        let script = Script()
        let board = InstanceBoard(script, kind: "ledger", logger: Lines().logger)
        let me = try Self.instance("me", ops: "http://shop-1:9464")
        board.announce(me)
        let running = Task { await board.run() }
        while script.state.withLock({ $0.beats }) == 0 {
            try Task.checkCancellation()
            await Task.yield()
        }
        running.cancel()
        await running.value
        #expect(script.state.withLock { $0.left } == [me])
    }
}
