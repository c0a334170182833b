// The instruments of live events.

/// The family of those who watch a sale. A property is named like its metric without the group's prefix.
public final class LiveInstruments: Sendable {
    public let listeners: Gauge<NoLabels>
    /// Raised for each listener that is sent a tick's events.
    public let eventsTotal: Counter<NoLabels>
    /// Raised for each listener that is left out of a tick, because it has not read what it was sent before.
    public let skippedTotal: Counter<NoLabels>

    init(_ catalogue: inout Catalogue) {
        listeners = catalogue.gauge("live_listeners", "Open streams of a sale's events.")
        eventsTotal = catalogue.counter("live_events_total", "Times that a listener was sent a sale's news.")
        skippedTotal = catalogue.counter(
            "live_skipped_total", "Times that a listener was left out, because it had not read what came before.")
    }
}
