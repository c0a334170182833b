// Turns concurrent requests into batches of one function call each, and the batches' rows into answers.

import FlashSale
import LibpqClient
import Synchronization
import Telemetry

/// What a batch function decided of a request.
enum Verdict<Answer: Sendable>: Sendable {
    case answer(Answer)
    /// Another row of the same batch stood in its way, or holds that are due and that this batch did not get to: ask in
    /// the next one.
    case again
}

/// The group commit of one batch function.
///
/// Trust rule: an answer is given only after the batch's transaction has committed. If the connection was lost before
/// that was known, or before the batch was sent, the same batch is run again, which its requests' own tokens make
/// harmless; it is never looked up. Where no connection can be had at all, its requests hear so at once.
final class GroupCommit<Request: Sendable, Answer: Sendable>: Sendable {
    typealias Call = @Sendable (SaleID, [Request], Deadline) async throws(PostgresError) -> [Verdict<Answer>]

    /// A class, because the queues move it about.
    private final class Entry: Sendable {
        let request: Request
        let continuation: CheckedContinuation<Result<Answer, LedgerFailure>, Never>
        /// The trace of who asks.
        let trace: Trace?

        init(
            _ request: Request, _ continuation: CheckedContinuation<Result<Answer, LedgerFailure>, Never>,
            trace: Trace?
        ) {
            self.request = request
            self.continuation = continuation
            self.trace = trace
        }
    }

    private typealias State = GroupCommitState<Entry>

    private let state: Mutex<State>
    private let call: Call
    private let statement: PostgresStatement
    private let tracer: Tracer?
    private let executor: any TaskExecutor
    private let countsReexecution: @Sendable (ReexecutionReason) -> Void

    /// - Parameters:
    ///   - statement: what a batch calls; names the spans of requests and batches.
    ///   - tracer: traces batches; nil traces none.
    ///   - executor: where batches begin and end: best the thread that hears of their answers.
    ///   - call: runs one batch and returns a verdict for each of its requests, in their order.
    init(
        of statement: PostgresStatement, rowsMax: Int = Limits.rowsPerBatch, waitersMax: Int,
        tracer: Tracer?, executor: any TaskExecutor,
        countsReexecution: @escaping @Sendable (ReexecutionReason) -> Void, call: @escaping Call
    ) {
        state = Mutex(State(rowsMax: rowsMax, waitersMax: waitersMax, timeLeast: LedgerTimes.batchLeast))
        self.countsReexecution = countsReexecution
        self.call = call
        self.statement = statement
        self.tracer = tracer
        self.executor = executor
    }

    /// Puts a request into the next batch of its sale and returns its answer.
    func submit(_ request: Request, to sale: SaleID, deadline: Deadline) async throws(LedgerFailure) -> Answer {
        let trace = tracer == nil ? nil : Trace.current
        let startedAt = trace.map { _ in MonotonicTime.now }
        let result = await withCheckedContinuation { continuation in
            let entry = Entry(request, continuation, trace: trace)
            let submission = state.withLock { $0.submit(entry, to: sale, deadline: deadline, at: .now) }
            switch submission {
            case .accepted(let actions): perform(actions)
            case .full:
                continuation.resume(returning: .failure(LedgerFailure(.overloaded, underlying: QueueFull())))
            }
        }
        if let trace, let startedAt { record(result, in: trace, since: startedAt) }
        return try result.get()
    }

    /// The request's own span: its wait for its batch and the batch.
    private func record(_ result: Result<Answer, LedgerFailure>, in trace: Trace, since start: MonotonicTime) {
        trace.record(.statement, from: start, to: .now) { span in
            span.peer = .postgres
            span.subject = statement.subject
            span.set(.statementType, statement.queryType)
            span.set(.statementTable, statement.table)
            guard case .failure(let failure) = result else { return }
            span.isError = true
            guard let error = failure.underlying as? PostgresError else {
                return span.set(.failureReason, failure.reason)
            }
            span.set(.statementError, error.errorClass)
            if let state = error.sqlState { span.set(.serverStatus, PackedText(state).packed) }
        }
    }

    private func perform(_ actions: State.Actions) {
        if let batch = actions.start {
            // The task that asked first lends its trace and its name to nobody: the batch is all its requests'.
            let trace = tracer?.begin(.ledgerBatch, for: batch.waiters.compactMap { $0.entry.trace })
            Task(executorPreference: executor) {
                await RequestContext.runOutside(tracedBy: trace) { await self.run(batch) }
            }
        }
        for waiter in actions.expired {
            waiter.entry.continuation.resume(returning: .failure(LedgerFailure(.timeout, underlying: DeadlinePassed())))
        }
    }

    private func run(_ batch: State.Batch) async {
        let requests = batch.waiters.map { $0.entry.request }
        let results = await outcome(of: requests, of: batch.sale, deadline: batch.deadline)
        var again: [State.Waiter] = []
        var answers: [(State.Waiter, Result<Answer, LedgerFailure>)] = []
        for (waiter, result) in zip(batch.waiters, results) {
            switch result {
            case .success(.again): again.append(waiter)
            case .success(.answer(let answer)): answers.append((waiter, .success(answer)))
            case .failure(let failure): answers.append((waiter, .failure(failure)))
            }
        }
        if let trace = Trace.current {
            let isError = results.contains { if case .failure = $0 { true } else { false } }
            trace.finish(isError: isError) { span, _ in
                span.subject = statement.subject
                span.set(.saleID, Int64(batch.sale.number))
                span.set(.batchSize, Int64(batch.waiters.count))
            }
        }
        // The next batch is on its way before the waiters of this one wake up.
        let actions = state.withLock { $0.finished(batch.sale, again: again, at: .now) }
        perform(actions)
        for (waiter, result) in answers { waiter.entry.continuation.resume(returning: result) }
    }

    /// The verdicts of a batch. One that the server refuses is halved until the row at fault fails alone.
    private func outcome(
        of requests: [Request], of sale: SaleID, deadline: Deadline
    ) async -> [Result<Verdict<Answer>, LedgerFailure>] {
        do {
            let verdicts = try await settled(requests, of: sale, deadline: deadline)
            precondition(verdicts.count == requests.count, "a batch function answered for other rows than it was asked")
            return verdicts.map { .success($0) }
        } catch {
            guard error.isFaultOfARow, requests.count > 1 else {
                return requests.map { _ in .failure(LedgerFailure(error)) }
            }
            let middle = requests.count / 2
            let left = await outcome(of: Array(requests[..<middle]), of: sale, deadline: deadline)
            return left + (await outcome(of: Array(requests[middle...]), of: sale, deadline: deadline))
        }
    }

    /// Runs a batch, and runs it again as long as it met with a connection's end, or nobody knows whether it has
    /// committed, and there is time.
    private func settled(
        _ requests: [Request], of sale: SaleID, deadline: Deadline
    ) async throws(PostgresError) -> [Verdict<Answer>] {
        while true {
            do {
                CrashPoint.beforeCommit.pass()
                let verdicts = try await call(sale, requests, deadline)
                CrashPoint.afterCommit.pass()
                return verdicts
            } catch {
                let mayBeRepeated = error.isOutcomeUnknown || error.code == .connectionLost
                guard mayBeRepeated, deadline - .now >= LedgerTimes.batchLeast else { throw error }
                if error.isOutcomeUnknown {
                    countsReexecution(error.code == .deadlineExceeded ? .timeout : .connection)
                }
            }
        }
    }
}

/// Why a request never reached Postgres.
struct QueueFull: Error, CustomStringConvertible {
    var description: String { "as many requests wait for the ledger as may" }
}

/// Why a request never reached Postgres.
struct DeadlinePassed: Error, CustomStringConvertible {
    var description: String { "the request's time was up before its batch could start" }
}

/// The times of the ledger, by name.
enum LedgerTimes {
    /// A request with less time left is not put into a batch any more.
    static let batchLeast = Duration.milliseconds(50)
    /// The time of reads and duties that are given no deadline.
    static let call = Duration.milliseconds(1_500)
    /// The time in which a sale must be created or read whole, a million units included.
    static let bulk = Duration.seconds(60)
}
