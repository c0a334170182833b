// The instruments of the admission under overload: the level, what makes it fall, and who is shed.

/// The admission family. A property is named like its metric without the group's prefix.
public final class AdmissionInstruments: Sendable {
    /// 6 while everything is let in, 2 while only holders are.
    public let level: Reading<NoLabels>
    public let refusedTotal: Counter<RequestClass>
    /// The wait of each 100 ms that the level is judged by: the shortest for a loop, the mean for the ledger.
    public let delaySeconds: Histogram<WaitingQueue>

    init(_ catalogue: inout Catalogue) {
        level = catalogue.reading(
            "admission_level", "Classes of requests that are let in: all at 6, only holders at 2.")
        refusedTotal = catalogue.counter(
            "admission_refused_total", "Requests shed at their head, by class; no other HTTP metric counts them.",
            only: RequestClass.shed)
        delaySeconds = catalogue.histogram(
            "admission_delay_seconds", "Wait in a queue within 100 ms, in seconds: shortest for loop, mean for ledger.",
            .lags)
    }
}
