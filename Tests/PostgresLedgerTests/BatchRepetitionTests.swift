// A batch that met with a connection's end is run again, and one that found no connection is not.

import FlashSale
import Synchronization
import Telemetry
import Testing

@testable import LibpqClient
@testable import PostgresLedger

@Suite struct BatchRepetitionTests {
    @Test(
        "A batch whose connection was lost is run again in its requests' time, whether or not it had been sent",
        arguments: [true, false])
    func lost(isOutcomeUnknown: Bool) async throws {
        let outcome = await outcome(after: PostgresError(.connectionLost, isOutcomeUnknown: isOutcomeUnknown))
        #expect(try outcome.answer.get() == 7)
        #expect(outcome.calls == 2)
        #expect(outcome.reexecutions == (isOutcomeUnknown ? [.connection] : []))
    }

    @Test(
        "A batch that found no connection, or was refused, is not run again",
        arguments: [PostgresError.Code.connectionFailed, .server])
    func refused(code: PostgresError.Code) async throws {
        let outcome = await outcome(after: PostgresError(code))
        #expect(throws: LedgerFailure.self) { try outcome.answer.get() }
        #expect(outcome.calls == 1 && outcome.reexecutions.isEmpty)
    }

    @Test("A batch is not run again when its requests have no time left")
    func late() async throws {
        let outcome = await outcome(after: PostgresError(.connectionLost), within: LedgerTimes.batchLeast)
        #expect(throws: LedgerFailure.self) { try outcome.answer.get() }
        #expect(outcome.calls <= 1)
    }

    private struct Outcome {
        let answer: Result<Int, LedgerFailure>
        let calls: Int
        let reexecutions: [ReexecutionReason]
    }

    /// What becomes of a request whose batch first meets with an error.
    private func outcome(after error: PostgresError, within time: Duration = .seconds(30)) async -> Outcome {
        let calls = Mutex(0)
        let reexecutions = Mutex<[ReexecutionReason]>([])
        let batches = GroupCommit<Int, Int>(
            of: Statements.record, waitersMax: PostgresSaleLedger.waitersMax, tracer: nil,
            executor: globalConcurrentExecutor, logger: .silent,
            countsReexecution: { reason in reexecutions.withLock { $0.append(reason) } }
        ) { (_, requests, _) throws(PostgresError) in
            let isFirst = calls.withLock { calls in
                calls += 1
                return calls == 1
            }
            if isFirst { throw error }
            return requests.map { .decided($0) }
        }
        let answer: Result<Int, LedgerFailure>
        do throws(LedgerFailure) {
            answer = .success(try await batches.submit(7, to: .whole(SaleID(1), nil), deadline: .now + time))
        } catch {
            answer = .failure(error)
        }
        return Outcome(answer: answer, calls: calls.withLock(\.self), reexecutions: reexecutions.withLock(\.self))
    }
}

extension PostgresError {
    fileprivate init(_ code: Code, isOutcomeUnknown: Bool = false) {
        self.init(
            code, "it failed", isOutcomeUnknown: isOutcomeUnknown,
            at: CallSite(statementName: nil, file: #fileID, line: #line))
    }
}
