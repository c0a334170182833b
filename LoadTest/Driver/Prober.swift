// Asks the service questions beside the load: about the sale before the run, its progress, and its state afterwards. It
// uses a few keep-alive connections, one question at a time on each.

import NIOCore
import NIOPosix
import TLSClient

/// A small client whose questions are not part of the load.
final class Prober: Sendable {
    private let eventLoop: any EventLoop
    private let dialer: Dialer
    private let timeout: Double

    struct Question: Sendable {
        let path: String
        /// The token of the buyer that asks; nil if anybody may.
        var token: String?
    }

    /// Says in a sentence why a question has no answer.
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    /// - Parameter timeout: for one question, in seconds.
    init(eventLoop: any EventLoop, dialer: Dialer, timeout: Double) {
        self.eventLoop = eventLoop
        self.dialer = dialer
        self.timeout = timeout
    }

    /// Asks one question on a connection of its own.
    func get(_ path: String) async throws(Failure) -> WireAnswer {
        try await ask([Question(path: path)])[0].get()
    }

    /// Asks one question after another on a connection of its own; it opens a new one if that ends.
    func ask(_ questions: [Question]) async -> [Result<WireAnswer, Failure>] {
        var answers: [Result<WireAnswer, Failure>] = []
        var asker: Asker?
        for question in questions {
            do {
                let present = if let asker { asker } else { try await connect() }
                asker = present
                let answer = try await present.ask(question).get()
                if answer.closes { asker = nil }
                answers.append(.success(answer))
            } catch {
                asker = nil
                let unreachable = Failure(description: "\(dialer.target) cannot be reached: \(ConnectFailure(error))")
                answers.append(.failure(error as? Failure ?? unreachable))
            }
        }
        asker?.close()
        return answers
    }

    /// Asks many questions on several connections; the answers are in the order of the questions.
    func ask(_ questions: [Question], connections: Int) async -> [Result<WireAnswer, Failure>] {
        let size = max(1, (questions.count + connections - 1) / connections)
        let parts = stride(from: 0, to: questions.count, by: size).map {
            Array(questions[$0..<min($0 + size, questions.count)])
        }
        return await withTaskGroup(of: (Int, [Result<WireAnswer, Failure>]).self) { group in
            for (index, part) in parts.enumerated() {
                group.addTask {
                    (index, await self.ask(part))
                }
            }
            var answers = [[Result<WireAnswer, Failure>]](repeating: [], count: parts.count)
            for await (index, part) in group { answers[index] = part }
            return answers.flatMap { $0 }
        }
    }

    private func connect() async throws -> Asker {
        let (target, timeout) = (dialer.target, timeout)
        let channel = try await dialer.open(on: eventLoop, within: timeout) { $0.eventLoop.makeSucceededVoidFuture() }
            .get()
        return try await channel.eventLoop.submit {
            let asker = Asker(channel: channel, target: target, timeout: timeout)
            let connection = WireConnection(owner: asker)
            try channel.pipeline.syncOperations.addHandler(connection)
            asker.connection = connection
            return asker
        }.get()
    }
}

/// One connection of a prober.
///
/// Unchecked because it is confined to its event loop, but for `ask` and `close`, which only use the channel.
private final class Asker: WireOwner, @unchecked Sendable {
    private let channel: any Channel
    private let target: Target
    private let timeout: Double
    private var promise: EventLoopPromise<WireAnswer>?
    var connection: WireConnection?

    init(channel: any Channel, target: Target, timeout: Double) {
        self.channel = channel
        self.target = target
        self.timeout = timeout
    }

    func ask(_ question: Prober.Question) async -> Result<WireAnswer, any Error> {
        let promise = channel.eventLoop.makePromise(of: WireAnswer.self)
        channel.eventLoop.execute { self.send(question, promise) }
        do {
            return .success(try await promise.futureResult.get())
        } catch {
            return .failure(error)
        }
    }

    func close() {
        channel.close(promise: nil)
    }

    private func send(_ question: Prober.Question, _ promise: EventLoopPromise<WireAnswer>) {
        guard let connection, connection.isOpen, self.promise == nil else {
            return promise.fail(Prober.Failure(description: "\(target) closed its connection"))
        }
        self.promise = promise
        connection.exchange = WireConnection.Exchange(id: 0, slot: 0, errand: .raw, intended: 0, sent: 0)
        let overdue = channel.eventLoop.scheduleTask(in: .nanoseconds(Int64(timeout * 1e9))) {
            self.fail("\(self.target)\(question.path) did not answer within \(self.timeout) s")
        }
        promise.futureResult.whenComplete { _ in overdue.cancel() }
        var request = connection.makeBuffer(capacity: 256)
        request.writeString(
            "GET \(question.path) HTTP/1.1\r\n\(target.fields)\r\n")
        if let token = question.token { request.writeString("Authorization: Bearer \(token)\r\n") }
        request.writeStaticString("\r\n")
        connection.send(request)
    }

    private func fail(_ sentence: String) {
        let promise = promise
        self.promise = nil
        promise?.fail(Prober.Failure(description: sentence))
        connection?.close()
    }

    func connection(_ connection: WireConnection, answered answer: WireAnswer) {
        connection.exchange = nil
        let promise = promise
        self.promise = nil
        promise?.succeed(answer)
    }

    func connectionEnded(_ connection: WireConnection, problem: String?) {
        fail("\(target) ended its connection: \(problem ?? "no answer came")")
    }
}
