// The source of the telemetry: the attributes of the resource, and the addresses of the servers that spans name.

public import Telemetry

/// The process as collectors see it.
public struct TelemetryResource: Sendable {
    /// Attributes in the order in which they are sent.
    public private(set) var attributes: [LabelPair]
    /// The addresses of the stores.
    public var peers: [SpanPeer: PeerAddress] = [:]

    /// - Parameters:
    ///   - serviceName: `OTEL_SERVICE_NAME`; wins over a name among `more`.
    ///   - more: `OTEL_RESOURCE_ATTRIBUTES`.
    public init(serviceName: String?, build: BuildInfo, more: [LabelPair] = []) {
        attributes = []
        let given = Dictionary(more.map { ($0.name, $0.value) }) { _, last in last }
        let own = [
            LabelPair(name: "service.name", value: serviceName ?? given["service.name"] ?? "flashsale"),
            LabelPair(name: "service.version", value: given["service.version"] ?? build.version),
            LabelPair(name: "service.instance.id", value: given["service.instance.id"] ?? Self.instanceID()),
            LabelPair(
                name: "deployment.environment.name", value: given["deployment.environment.name"] ?? "development"),
            LabelPair(name: "telemetry.sdk.name", value: "flashsale"),
            LabelPair(name: "telemetry.sdk.language", value: "swift"),
            LabelPair(name: "telemetry.sdk.version", value: build.version),
        ]
        let names = Set(own.map(\.name))
        attributes = own + more.filter { !names.contains($0.name) }
    }

    /// A random UUID of version 4.
    private static func instanceID() -> String {
        var digits = Array(TraceID(high: .random(in: .min ... .max), low: .random(in: .min ... .max)).description)
        digits[12] = "4"
        digits[16] = ["8", "9", "a", "b"].randomElement() ?? "8"
        let groups = [digits[..<8], digits[8..<12], digits[12..<16], digits[16..<20], digits[20...]]
        return groups.map { String($0) }.joined(separator: "-")
    }
}

/// The address of a store, and the database in it.
public struct PeerAddress: Sendable, Hashable {
    public var host: String
    public var port: Int?
    /// `db.namespace`.
    public var namespace: String

    public init(host: String, port: Int?, namespace: String) {
        self.host = host
        self.port = port
        self.namespace = namespace
    }
}
