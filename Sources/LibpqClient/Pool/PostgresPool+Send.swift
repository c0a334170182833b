// From a caller's task to the I/O thread and back. `send` is the end of the middleware chain. Only it turns a call into
// steps for a session.

internal import Telemetry

extension PostgresPool {
    nonisolated(nonsending) func send(_ call: PostgresCall) async throws(PostgresError) -> PostgresRows {
        switch call.work {
        case .statement:
            return try await rows(.statement(call.statement, ParameterBuffer(call.parameters)), of: call)
        case .script:
            return try await rows(.script(call.statement), of: call)
        case .copy(let source):
            return try await copy(from: source, call)
        }
    }

    /// Submits a step and awaits its result. It comes by the deadline, or sooner if the task is cancelled.
    nonisolated(nonsending) func ask(
        _ step: PendingCall.Step, lease: Lease?, deadline: ContinuousClock.Instant, at site: CallSite
    ) async throws(PostgresError) -> PendingCall.Reply {
        let pending = PendingCall(step, lease: lease, deadline: deadline, site: site)
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                pending.wait(with: continuation)
                submit(.start(pending))
            }
        } onCancel: {
            // The mark stops a start that comes later, the command one that came before.
            pending.cancel()
            submit(.abort(pending))
        }
        recordWait(of: pending)
        return try result.get()
    }

    /// Records a long wait in the trace of the task. Short waits do not even look for a trace.
    private func recordWait(of call: PendingCall) {
        guard let assignedAt = call.assignedAt, call.waited > WaitedPool.shortWait, let trace = Trace.current
        else { return }
        let passed = (ContinuousClock.now - assignedAt).wholeNanoseconds
        let waited = call.waited.wholeNanoseconds
        let end = MonotonicTime.now.nanoseconds &- passed
        trace.record(
            .poolWait, from: MonotonicTime(nanoseconds: end &- waited), to: MonotonicTime(nanoseconds: end)
        ) { $0.set(.pool, WaitedPool.database) }
    }

    /// Returns when the pool is shut down and its last session is closed.
    func end() async {
        await withCheckedContinuation { submit(.awaitEnd($0)) }
    }

    private nonisolated(nonsending) func rows(
        _ step: PendingCall.Step, of call: PostgresCall
    ) async throws(PostgresError) -> PostgresRows {
        guard case .rows(let rows) = try await ask(step, lease: call.lease, deadline: call.deadline, at: call.site)
        else {
            preconditionFailure("a statement ended without a result")
        }
        return rows
    }

    private nonisolated(nonsending) func copy(
        from source: @Sendable (PostgresCopyWriter) async throws -> Void, _ call: PostgresCall
    ) async throws(PostgresError) -> PostgresRows {
        _ = try await ask(.copyBegin(call.statement), lease: call.lease, deadline: call.deadline, at: call.site)
        let writer = PostgresCopyWriter { [self] (chunk: [UInt8]) async throws(PostgresError) -> Void in
            _ = try await ask(.copyData(chunk), lease: call.lease, deadline: call.deadline, at: call.site)
        }
        do {
            try await source(writer)
        } catch {
            // Ends the COPY so that the connection stays usable. If this fails, it is closed when it comes back.
            _ = try? await rows(.copyEnd(refusal: "the source of the rows failed"), of: call)
            if let error = error as? PostgresError { throw error }
            throw PostgresError(.copySource, "the source of the rows failed", underlying: error, at: call.site)
        }
        return try await rows(.copyEnd(refusal: nil), of: call)
    }
}
