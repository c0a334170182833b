// Turns concurrent requests into batches, one function call each, and the batches' rows into outcomes of the requests.

import FlashSale
import LibpqClient
import Logging
import Synchronization
import Telemetry

/// The group commit of one batch function.
///
/// Trust rule: a request gets its outcome only after its batch's transaction has committed. If the connection was lost
/// before that was known, or before the batch was sent, the same batch is run again; its requests' own tokens make that
/// harmless. It is never looked up. If no connection can be had at all, its requests fail at once.
///
/// A result that this program cannot read, in part or as a whole, fails the requests that it belongs to and leaves one
/// line in the log: a newer function may know outcomes that this program does not.
final class GroupCommit<Request: Sendable, Value: Sendable>: Sendable {
    typealias Call = @Sendable (SaleLane, [Request], Deadline) async throws(PostgresError) -> [RowOutcome<Value>]

    /// A class, because the queues move it about.
    private final class Entry: Sendable {
        let request: Request
        let continuation: UnsafeContinuation<Result<Value, LedgerFailure>, Never>
        /// The trace of the request.
        let trace: Trace?

        init(
            _ request: Request, _ continuation: UnsafeContinuation<Result<Value, LedgerFailure>, Never>,
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
    private let logger: Logger
    private let countsReexecution: @Sendable (ReexecutionReason) -> Void

    /// - Parameters:
    ///   - statement: what a batch calls; names the spans of requests and batches.
    ///   - tracer: traces batches; nil traces none.
    ///   - waitMax: the longest that a request may have to wait for those before it; nil for any time.
    ///   - executor: where batches begin and end: best the thread that gets their results.
    ///   - joins: whether a request may join a batch that has these keys; adds its own.
    ///   - call: runs one batch and returns an outcome for each of its requests, in their order.
    init(
        of statement: PostgresStatement, rowsMax: Int = Limits.rowsPerBatch, waitersMax: Int,
        waitMax: Duration? = nil, tracer: Tracer?, executor: any TaskExecutor,
        logger: Logger, countsReexecution: @escaping @Sendable (ReexecutionReason) -> Void,
        joins: @escaping @Sendable (Request, inout Set<RowKey>) -> Bool = { _, _ in true }, call: @escaping Call
    ) {
        state = Mutex(
            State(
                rowsMax: rowsMax, waitersMax: waitersMax, waitMax: waitMax, timeLeast: LedgerTimes.batchLeast
            ) { entry, keys in joins(entry.request, &keys) })
        self.countsReexecution = countsReexecution
        self.call = call
        self.statement = statement
        self.tracer = tracer
        self.executor = executor
        self.logger = logger
    }

    /// Puts a request into the next batch of its lane and returns its outcome.
    func submit(_ request: Request, to lane: SaleLane, deadline: Deadline) async throws(LedgerFailure) -> Value {
        let trace = tracer == nil ? nil : Trace.current
        let startedAt = trace.map { _ in MonotonicTime.now }
        let result = await withUnsafeContinuation { continuation in
            let entry = Entry(request, continuation, trace: trace)
            switch state.withLock({ $0.submit(entry, to: lane, deadline: deadline) }) {
            case .queued: break
            case .opened: begin(lane)
            case .full:
                continuation.resume(returning: .failure(LedgerFailure(.overloaded, underlying: QueueFull())))
            }
        }
        if let trace, let startedAt { record(result, in: trace, since: startedAt) }
        return try result.get()
    }

    /// How it has kept up since the last call; fewer than 64 who wait are no crowd.
    func takePace() -> LedgerPace {
        state.withLock { LedgerPace(delay: $0.takeDelay(), batch: $0.pace.base ?? .zero) }
    }

    /// The request's own span: its wait for its batch and the batch.
    private func record(_ result: Result<Value, LedgerFailure>, in trace: Trace, since start: MonotonicTime) {
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

    /// Fills the batch that was opened, and runs it.
    private func begin(_ lane: SaleLane) {
        Task(executorPreference: executor) {
            let actions = self.state.withLock { $0.fill(lane, at: .now) }
            let failure = LedgerFailure(.timeout, underlying: DeadlinePassed())
            for waiter in actions.expired { waiter.entry.continuation.resume(returning: .failure(failure)) }
            guard let batch = actions.start else { return }
            // The task that asked first lends its trace and its name to nobody: the batch is all its requests'.
            let trace = self.tracer?.begin(.ledgerBatch, for: batch.waiters.compactMap { $0.entry.trace })
            await RequestContext.runOutside(tracedBy: trace) { await self.run(batch) }
        }
    }

    private func run(_ batch: State.Batch) async {
        let requests = batch.waiters.map { $0.entry.request }
        let outcomes = await outcomes(of: requests, in: batch.lane, deadline: batch.deadline)
        var again: [State.Waiter] = []
        var failures: [LedgerFailure] = []
        for (waiter, outcome) in zip(batch.waiters, outcomes) {
            switch outcome {
            case .decided: break
            case .again: again.append(waiter)
            case .failed(let error): failures.append(LedgerFailure(error))
            }
        }
        reportUnreadable(failures)
        if let trace = Trace.current {
            trace.finish(isError: !failures.isEmpty) { span, _ in
                span.subject = statement.subject
                span.set(.saleID, Int64(batch.lane.sale.number))
                span.set(.batchSize, Int64(batch.waiters.count))
            }
        }
        // The next batch is on its way before the waiters of this one wake up.
        if state.withLock({ $0.finished(batch.lane, again: again, at: .now) }) { begin(batch.lane) }
        for (waiter, outcome) in zip(batch.waiters, outcomes) {
            switch outcome {
            case .decided(let value): waiter.entry.continuation.resume(returning: .success(value))
            case .again: break
            case .failed(let error): waiter.entry.continuation.resume(returning: .failure(LedgerFailure(error)))
            }
        }
    }

    /// One line for all requests of a batch whose results cannot be read.
    private func reportUnreadable(_ failures: [LedgerFailure]) {
        let errors = failures.compactMap { $0.underlying as? PostgresError }.filter { $0.code == .decoding }
        guard let first = errors.first else { return }
        logger.error(
            "the ledger gave a result that this program cannot read", error: first,
            metadata: ["statement": "\(statement.name)", "requests": "\(errors.count)"])
    }

    /// The outcomes of a batch. One that the server refuses is halved until the row at fault fails alone.
    private func outcomes(
        of requests: [Request], in lane: SaleLane, deadline: Deadline
    ) async -> [RowOutcome<Value>] {
        do {
            let outcomes = try await settled(requests, in: lane, deadline: deadline)
            precondition(outcomes.count == requests.count, "a call returns an outcome for each of its requests")
            return outcomes
        } catch {
            guard error.isFaultOfARow, requests.count > 1 else {
                return requests.map { _ in .failed(error) }
            }
            let middle = requests.count / 2
            let left = await outcomes(of: Array(requests[..<middle]), in: lane, deadline: deadline)
            return left + (await outcomes(of: Array(requests[middle...]), in: lane, deadline: deadline))
        }
    }

    /// Runs a batch. Runs it again, while there is time, if its connection or its plan had come to an end, or if nobody
    /// knows whether it has committed.
    private func settled(
        _ requests: [Request], in lane: SaleLane, deadline: Deadline
    ) async throws(PostgresError) -> [RowOutcome<Value>] {
        while true {
            do {
                CrashPoint.beforeCommit.pass()
                let outcomes = try await call(lane, requests, deadline)
                CrashPoint.afterCommit.pass()
                return outcomes
            } catch {
                let mayBeRepeated = error.isOutcomeUnknown || error.code == .connectionLost || error.isOfStalePlan
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
    var description: String { "as many requests wait for the ledger as may, or for as long" }
}

/// Why a request never reached Postgres.
struct DeadlinePassed: Error, CustomStringConvertible {
    var description: String { "the request's time was up before its batch could start" }
}

/// The times of the ledger, by name.
enum LedgerTimes {
    /// A request with less time left is not put into a batch any more.
    static let batchLeast = Duration.milliseconds(50)
    /// A checkout that would wait longer for those before it is refused.
    static let recordWait = Duration.milliseconds(30)
    /// The same of a purchase. Its buyer holds units, and would rather wait than be refused.
    static let orderWait = Duration.milliseconds(250)
    /// The time of reads and duties that are given no deadline.
    static let call = Duration.milliseconds(1_500)
    /// The time in which a sale must be created, read or written whole, a million units included.
    static let bulk = Duration.seconds(60)
}
