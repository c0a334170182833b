// What a storyteller hands over.

/// A sale's page.
public struct Story: Sendable {
    public let html: String
    /// Why the page lacks what Prometheus would tell; nil if it lacks nothing.
    public let missing: String?
}
