// The instruments of the profiles.

/// The profile family. A property is named like its metric without the group's prefix.
public final class ProfileInstruments: Sendable {
    public let requestsTotal: Counter<ProfileLabels>

    init(_ catalogue: inout Catalogue) {
        requestsTotal = catalogue.counter(
            "profile_requests_total", "Profiles asked for over HTTP, taken in continuous mode, or uploaded.")
    }
}
