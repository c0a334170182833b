// The instruments of retention.

/// The retention family. A property is named like its metric without the group's prefix.
public final class RetentionInstruments: Sendable {
    public let rowsTotal: Counter<RetentionStep>
    public let lastIdleTimestampSeconds: Reading<PodNumber>

    init(_ catalogue: inout Catalogue, pods: [PodNumber]) {
        rowsTotal = catalogue.counter(
            "retention_rows_total", "Rows of ended sales that were moved into the archive, or forgotten there.")
        lastIdleTimestampSeconds = catalogue.reading(
            "retention_last_idle_timestamp_seconds",
            "When retention last had nothing left to do in a pod, in seconds since 1970.", unit: .seconds, only: pods)
    }
}
