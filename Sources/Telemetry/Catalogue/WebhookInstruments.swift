// The instruments of the herald.

/// The webhook family. A property is named like its metric without the group's prefix.
public final class WebhookInstruments: Sendable {
    public let eventsTotal: Counter<EventLabels>
    public let toldUntilTimestampSeconds: Reading<PodNumber>

    init(_ catalogue: inout Catalogue, pods: [PodNumber]) {
        eventsTotal = catalogue.counter(
            "webhook_events_total", "Attempts to tell the webhook an event, by what it was and how they ended.")
        toldUntilTimestampSeconds = catalogue.reading(
            "webhook_told_until_timestamp_seconds",
            "The webhook has been told all that happened in a pod before, in seconds since 1970; 0 if nobody told it.",
            unit: .seconds, only: pods)
    }
}
