// Measures a flow's attempts: each is counted once when it begins and once when it ends, however it ends.

import Telemetry

/// The instruments of checkouts or of purchases.
///
///     attempts = successes + failures + in progress
struct AttemptMeter: Sendable {
    private let span: SpanName
    private let attempts: Counter<NoLabels>
    private let successes: Counter<NoLabels>
    private let failures: Counter<Reason>
    private let inProgress: Gauge<NoLabels>
    private let durations: Histogram<FlowOutcome>
    private let instruments: SaleInstruments

    static func checkouts(_ instruments: SaleInstruments) -> AttemptMeter {
        AttemptMeter(
            span: .checkoutExecute, attempts: instruments.checkoutAttemptsTotal,
            successes: instruments.checkoutSuccessTotal, failures: instruments.checkoutFailureTotal,
            inProgress: instruments.checkoutInProgress, durations: instruments.checkoutDurationSeconds,
            instruments: instruments)
    }

    static func purchases(_ instruments: SaleInstruments) -> AttemptMeter {
        AttemptMeter(
            span: .purchaseExecute, attempts: instruments.purchaseAttemptsTotal,
            successes: instruments.purchaseSuccessTotal, failures: instruments.purchaseFailureTotal,
            inProgress: instruments.purchaseInProgress, durations: instruments.purchaseDurationSeconds,
            instruments: instruments)
    }

    /// Runs an attempt and counts it. A failure of the ledger becomes a refusal here.
    ///
    /// - Parameter describe: adds what the attempt's span tells of a success.
    func measure<Value>(
        in sale: SaleID, by deadline: Deadline, describe: (Value, inout SpanRecord) -> Void = { _, _ in },
        _ attempt: () async throws(LedgerFailure) -> Outcome<Value>
    ) async -> Outcome<Value> {
        let start = begin()
        let trace = Trace.current
        let openSpan = trace?.begin(span, at: start)
        let outcome: Outcome<Value>
        do throws(LedgerFailure) {
            outcome = try await attempt()
        } catch {
            error.countGuard(instruments)
            outcome = .refused(error.refusal(by: deadline))
        }
        let end = MonotonicTime.now
        var exemplar: Exemplar?
        if let trace, let openSpan {
            exemplar = trace.end(openSpan, at: end) { record in
                record.set(.saleID, Int64(sale.number))
                switch outcome {
                case .success(let value):
                    describe(value, &record)
                    record.set(.outcome, AttributeKey.success)
                case .refused(let refusal): record.set(.outcome, refusal.reason)
                }
            }
        }
        switch outcome {
        case .success: self.end(since: start, at: end, failure: nil, exemplar: exemplar)
        case .refused(let refusal): self.end(since: start, at: end, failure: refusal.reason, exemplar: exemplar)
        }
        return outcome
    }

    /// Counts an attempt that was refused before the flow could run, so that attempts stay equal to requests.
    func refuse(_ reason: Reason) {
        end(since: begin(), at: .now, failure: reason)
    }

    private func begin() -> MonotonicTime {
        attempts.increment()
        inProgress.increment()
        return .now
    }

    private func end(since start: MonotonicTime, at end: MonotonicTime, failure: Reason?, exemplar: Exemplar? = nil) {
        if let failure {
            failures.increment(failure, exemplar: exemplar)
        } else {
            successes.increment()
        }
        inProgress.decrement()
        durations.observe(end.nanoseconds(since: start), failure == nil ? .success : .failure, exemplar: exemplar)
    }
}
