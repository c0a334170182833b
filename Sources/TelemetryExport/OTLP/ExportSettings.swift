// What the environment says about tracing, by the names of OpenTelemetry's specification.

public import Telemetry

/// How traces are sampled and where they go.
public struct ExportSettings: Sendable {
    public var endpoint: CollectorEndpoint
    /// Fields of every request to the collector, such as its credentials.
    public var headers: [LabelPair] = []
    /// How long one request may take.
    public var timeout = Duration.seconds(10)
    /// Whether bodies are sent as gzip.
    public var compresses = true
    public var sampler = Sampler.standard
    /// A request that takes longer is exported though it was not sampled.
    public var slow = Duration.milliseconds(500)
    public var resource: TelemetryResource

    public init(endpoint: CollectorEndpoint, resource: TelemetryResource) {
        self.endpoint = endpoint
        self.resource = resource
    }

    /// Spans that may wait for their export, spans of one request, and the time after which waiting ones are sent.
    public static let queuedSpans = 2_048
    public static let spansPerRequest = 512
    public static let interval = Duration.seconds(5)
    /// How long the last spans may take at shutdown.
    public static let shutdownLimit = Duration.seconds(5)

    /// Reads the environment. Nil if it names no collector: then nothing is traced.
    ///
    /// - Throws: ``Problems``, a sentence for each variable that makes no sense.
    public static func read(
        _ environment: [String: String], build: BuildInfo = BuildInfo()
    ) throws(Problems) -> ExportSettings? {
        let isDisabled = environment["OTEL_SDK_DISABLED"]?.lowercased() == "true"
        guard let url = environment["OTEL_EXPORTER_OTLP_ENDPOINT"], !url.isEmpty, !isDisabled else { return nil }
        var reader = Reader(environment: environment)
        let resource = TelemetryResource(
            serviceName: reader.text("OTEL_SERVICE_NAME"), build: build, more: reader.pairs("OTEL_RESOURCE_ATTRIBUTES"))
        guard let endpoint = CollectorEndpoint(url: url) else {
            throw Problems(
                sentences: ["OTEL_EXPORTER_OTLP_ENDPOINT must be http://host:port, without user and query"])
        }
        var settings = ExportSettings(endpoint: endpoint, resource: resource)
        settings.headers = reader.pairs("OTEL_EXPORTER_OTLP_HEADERS")
        if let number = reader.milliseconds("OTEL_EXPORTER_OTLP_TIMEOUT") { settings.timeout = number }
        if let number = reader.milliseconds("FLASHSALE_TRACE_SLOW_MS") { settings.slow = number }
        reader.choose("OTEL_EXPORTER_OTLP_PROTOCOL", among: ["http/protobuf"])
        settings.compresses = reader.choose("OTEL_EXPORTER_OTLP_COMPRESSION", among: ["gzip", "none"]) != "none"
        settings.sampler = reader.sampler()
        guard reader.problems.isEmpty else { throw Problems(sentences: reader.problems) }
        return settings
    }

    /// What is wrong with the environment.
    public struct Problems: Error, CustomStringConvertible {
        public let sentences: [String]
        public var description: String { sentences.joined(separator: "\n") }
    }
}

/// Reads variables and gathers what is wrong with them. A variable that is empty counts as not set.
private struct Reader {
    let environment: [String: String]
    var problems: [String] = []

    init(environment: [String: String]) {
        self.environment = environment
    }

    func text(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }

    mutating func milliseconds(_ name: String) -> Duration? {
        guard let text = text(name) else { return nil }
        guard let number = Int(text), (1...600_000).contains(number) else {
            problems.append("\(name) must be a whole number of milliseconds from 1 to 600000, not \(text)")
            return nil
        }
        return .milliseconds(number)
    }

    @discardableResult
    mutating func choose(_ name: String, among choices: [String]) -> String? {
        guard let text = text(name) else { return nil }
        guard choices.contains(text) else {
            problems.append("\(name) must be \(choices.joined(separator: " or ")), not \(text)")
            return nil
        }
        return text
    }

    /// `a=1,b=2`, values percent-encoded. What is wrong is told by its name: values may be secrets.
    mutating func pairs(_ name: String) -> [LabelPair] {
        var pairs: [LabelPair] = []
        for piece in (text(name) ?? "").split(separator: ",") {
            let parts = piece.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let key = parts[0].filter { $0 != " " }
            guard parts.count == 2, !key.isEmpty, key.utf8.allSatisfy({ (0x21...0x7E).contains($0) }),
                let value = Self.decoded(parts[1]), value.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F })
            else {
                problems.append("\(name) must be a list of name=value, with values percent-encoded")
                return []
            }
            pairs.append(LabelPair(name: key, value: value))
        }
        return pairs
    }

    mutating func sampler() -> Sampler {
        var share = 0.05
        if let text = text("OTEL_TRACES_SAMPLER_ARG") {
            if let number = Double(text), (0...1).contains(number) {
                share = number
            } else {
                problems.append("OTEL_TRACES_SAMPLER_ARG must be a number from 0 to 1, not \(text)")
            }
        }
        let roots: [String: Sampler.Root] = ["always_on": .always, "always_off": .never, "traceidratio": .ratio(share)]
        let prefix = "parentbased_"
        let names = roots.keys.sorted()
        let name = choose("OTEL_TRACES_SAMPLER", among: names + names.map { prefix + $0 }) ?? prefix + "traceidratio"
        let followsParent = name.hasPrefix(prefix)
        let root = roots[followsParent ? String(name.dropFirst(prefix.count)) : name] ?? .ratio(share)
        return Sampler(root: root, followsParent: followsParent)
    }

    private static func decoded(_ text: Substring) -> String? {
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            guard byte == 0x25 else {
                bytes.append(byte)
                continue
            }
            guard rest.count >= 2, let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16) else {
                return nil
            }
            bytes.append(value)
            rest = rest.dropFirst(2)
        }
        return String(validating: bytes, as: UTF8.self)?.trimmed
    }
}

extension String {
    fileprivate var trimmed: String {
        let start = drop { $0 == " " }
        return String(start.reversed().drop { $0 == " " }.reversed())
    }
}
